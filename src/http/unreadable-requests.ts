import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { operationOutcome } from '@app/fhir';

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const WORDS: Readonly<Record<number, string>> = {
  408: 'The request took too long to arrive.',
  413: 'The request body is too large.',
  431: 'The address or the headers of the request are too long. Parameters that are long can be sent in the body of a POST.',
};

/**
 * Answers what never becomes a request, because Node cannot read it, with an OperationOutcome as well
 * (KR-04): over-long addresses and headers, broken HTTP.
 */
export function answerUnreadableRequests(server: Server): void {
  server.on('clientError', (error: Error & { readonly code?: string }, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || hasBegunToAnswer(socket)) {
      socket.destroy();
      return;
    }
    socket.end(answer(STATUS_OF_CODE[error.code ?? ''] ?? 400));
  });
}

/** Node keeps the answer that is on its way at the socket, and looks there itself. */
function hasBegunToAnswer(
  socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null },
): boolean {
  return socket._httpMessage?.headersSent === true;
}

function answer(status: number): string {
  const code = status === 400 ? 'invalid' : 'too-long';
  const diagnostics = WORDS[status] ?? 'The request is not valid HTTP.';
  const body = JSON.stringify(operationOutcome({ severity: 'error', code, diagnostics }));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/fhir+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
