import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { parse, parseAllDocuments } from 'yaml';

/** Where the manifests are. */
export const ROOT = join(__dirname, '../../docker/kubernetes');
export const FOLDERS = ['base', 's3', 'feed'] as const;
/** The label that selects pods. */
const NAME = 'app.kubernetes.io/name';

interface Kustomization {
  readonly resources?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly configMapGenerator?: readonly { readonly envs: readonly string[] }[];
}
export type Labels = Readonly<Record<string, string>>;
interface Container {
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources: { readonly limits: Labels; readonly requests: Labels };
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string }[];
  readonly [probe: `${string}Probe`]:
    | { readonly httpGet: { readonly path: string; readonly port: string } }
    | undefined;
}
interface Template {
  readonly metadata: { readonly labels: Labels; readonly annotations?: Labels };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly volumes: readonly { readonly name: string }[];
    readonly securityContext: object;
  };
}
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly stringData?: Labels;
  readonly spec?: {
    readonly template?: Template;
    readonly selector?: { readonly [NAME]?: string; readonly matchLabels?: Labels };
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly podSelector?: {
      readonly [NAME]?: string;
      readonly matchLabels?: Labels;
      readonly matchExpressions?: readonly { readonly values: readonly string[] }[];
    };
    readonly ingress?: readonly { readonly ports: readonly { readonly port: string }[] }[];
    readonly scaleTargetRef?: { readonly name: string };
    readonly metrics?: readonly {
      readonly external: { readonly metric: { readonly name: string } };
    }[];
  };
}

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
export const resourcesOf = (path: string): readonly Resource[] =>
  parseAllDocuments(read(path)).map((document) => document.toJS() as Resource);
const kustomizationOf = (folder: string): Kustomization =>
  parse(read(`${folder}/kustomization.yaml`)) as Kustomization;
export const named = (folder: string): readonly string[] => {
  const { resources = [], patches = [], configMapGenerator = [] } = kustomizationOf(folder);
  return [
    ...resources.filter((path) => path.endsWith('.yaml')),
    ...patches.map(({ path }) => path),
    ...configMapGenerator.flatMap(({ envs }) => envs),
  ];
};
export const settingsOf = (...folders: readonly string[]): Labels =>
  Object.assign({}, ...folders.map((folder) => parseEnv(read(`${folder}/settings.env`)))) as Labels;

export const resources = FOLDERS.flatMap((folder) =>
  (kustomizationOf(folder).resources ?? [])
    .filter((path) => path.endsWith('.yaml'))
    .flatMap((path) => resourcesOf(`${folder}/${path}`)),
);
export const [secret] = resourcesOf('base/secrets.example.yaml');
export const workloads = resources.flatMap(({ metadata: { name }, spec }) =>
  spec?.template ? [{ name, spec, template: spec.template }] : [],
);
export const portsOf = (name: string | undefined): readonly string[] =>
  workloads
    .filter((workload) => workload.name === name)
    .flatMap(({ template }) => template.spec.containers)
    .flatMap(({ ports = [] }) => ports.map((port) => port.name));

/** Names of the workloads that a service, a budget, a policy or the autoscaler is for; none for others. */
export function selectedBy({ spec }: Resource): readonly string[] {
  if (spec?.scaleTargetRef) return [spec.scaleTargetRef.name];
  if (!spec || spec.template) return [];
  const several = spec.podSelector?.matchExpressions?.[0]?.values;
  return several ?? labelled(spec.podSelector ?? spec.selector);
}

/** Services have the labels where budgets have `matchLabels`. */
function labelled(selector: NonNullable<Resource['spec']>['selector']): readonly string[] {
  const name = selector?.matchLabels?.[NAME] ?? selector?.[NAME];
  return name === undefined ? [] : [name];
}

/** Names of ports that a service or a policy leads to. */
export function portsUsedBy({ spec }: Resource): readonly string[] {
  const ofPolicy = (spec?.ingress ?? []).flatMap(({ ports }) => ports.map(({ port }) => port));
  return [...ofPolicy, ...(spec?.ports ?? []).map(({ targetPort }) => targetPort)];
}

/**
 * Kubernetes drops what it does not know, and so do its schemas: whatever their check has not read is misspelt.
 *
 * @param check reads what it is given
 * @returns paths of values that it has not read
 */
export function unreadBy(check: (given: object) => void, value: object): readonly string[] {
  const seen = new Set<string>();
  const watched = (target: object, path: string): object =>
    new Proxy(target, {
      get: (_target, key, receiver) => {
        const found: unknown = Reflect.get(target, key, receiver);
        const place = `${path}/${String(key)}`;
        seen.add(place);
        return typeof found === 'object' && found !== null ? watched(found, place) : found;
      },
    });
  check(watched(value, ''));
  return placesOf(value, '').filter((place) => !seen.has(place));
}

function placesOf(value: object, path: string): readonly string[] {
  return Object.entries(value).flatMap(([key, found]: [string, unknown]) => {
    const place = `${path}/${key}`;
    return [place, ...(typeof found === 'object' && found !== null ? placesOf(found, place) : [])];
  });
}
