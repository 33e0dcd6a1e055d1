import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import {
  Namespace,
  PersistentVolumeClaim,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-models/v1';
import { parse } from 'yaml';

import { embeddedSigningKeys, readConfig } from '../../src/config';
import { withSecretFiles } from '../../src/config/secret-files';
import { VARIABLES } from '../../src/config/variables';
import {
  FOLDERS,
  type Labels,
  named,
  portsOf,
  portsUsedBy,
  read,
  resources,
  resourcesOf,
  type Resource,
  ROOT,
  secret,
  selectedBy,
  settingsOf,
  unreadBy,
  workloads,
} from '../support/kubernetes';
import { faultsOfPromQL } from '../support/promql';

const RESOURCES = [
  ...[Deployment, HorizontalPodAutoscaler, Job, NetworkPolicy, PodDisruptionBudget],
  ...[Namespace, PersistentVolumeClaim, Secret, Service, ServiceAccount],
];

describe('The manifests of Kubernetes', () => {
  it.each(FOLDERS)('name every file of %s, and no other', (folder) => {
    const files = readdirSync(join(ROOT, folder)).filter(
      (file) => file !== 'kustomization.yaml' && !file.includes('.example.'),
    );

    expect([...named(folder)].sort()).toStrictEqual(files.sort());
  });

  const check = (resource: Resource): readonly string[] => {
    const Model = RESOURCES.find(
      ({ apiVersion, kind }) => apiVersion === resource.apiVersion && kind === resource.kind,
    );
    return unreadBy((given) => {
      // Not of a new Model, which copies, and so reads, everything.
      Model?.prototype.validate.call(given);
    }, resource);
  };

  it.each(
    [...resources, ...(secret ? [secret] : [])].map(
      (resource) => [`${resource.kind} ${resource.metadata.name}`, resource] as const,
    ),
  )('have a %s as the schemas of Kubernetes want it, and nothing besides', (_title, resource) => {
    expect(check(resource)).toStrictEqual([]);
  });

  it('would not pass with a misspelt field, required or not', () => {
    const [budget] = resourcesOf('base/disruption.yaml');
    const [worker] = resourcesOf('base/worker.yaml');
    const misspelt = (resource: Resource | undefined, spec: object): Resource =>
      ({ ...resource, spec: { ...resource?.spec, ...spec } }) as Resource;

    expect(check(misspelt(budget, { minAvailabel: 1 }))).toStrictEqual(['/spec/minAvailabel']);
    expect(() => check(misspelt(worker, { template: undefined }))).toThrow(/template/);
  });

  it.each([
    ['a disk', ['base']],
    ['S3', ['base', 's3']],
  ] as const)(
    'set what the service starts with on %s, every secret in a file',
    (_title, folders) => {
      const values: Labels = {
        'token-signing-keys': embeddedSigningKeys(),
        'admin-token': 'x'.repeat(32),
        'storage-encryption-keys': `2026-12:${Buffer.alloc(32).toString('base64')}`,
      };
      const secrets = mkdtempSync(join(tmpdir(), 'kubernetes-'));
      for (const [name, text] of Object.entries(secret?.stringData ?? {})) {
        writeFileSync(join(secrets, name), values[name] ?? text);
      }
      const settings = settingsOf(...folders);
      const here = Object.entries(settings).map(([name, value]) =>
        name.endsWith('_FILE') && value !== ''
          ? [name, join(secrets, basename(value))]
          : [name, value],
      );

      const config = readConfig(withSecretFiles(Object.fromEntries(here) as Labels));
      rmSync(secrets, { recursive: true });

      expect(config.storage.driver).toBe(folders.length === 1 ? 'local' : 's3');
      expect(config.http.adminPort).toBeDefined();
      for (const name of Object.keys(settings).filter((one) => !one.endsWith('_FILE'))) {
        expect(VARIABLES).toHaveProperty(name);
        expect(VARIABLES[name as keyof typeof VARIABLES].secret).toBe(false);
      }
    },
  );

  it.each(workloads.map(({ name, template }) => [name, template.spec] as const))(
    'run %s without rights and within limits',
    (_name, { securityContext, containers: [container] }) => {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container?.securityContext).toStrictEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container?.resources).toMatchObject({
        requests: { cpu: expect.anything() as string, memory: expect.anything() as string },
        limits: { memory: '512Mi' },
      });
    },
  );

  it.each(workloads.map(({ name, template, spec }) => [name, template, spec] as const))(
    'give %s labels, volumes and settings that there are',
    (name, { metadata, spec: { volumes, containers } }, { selector }) => {
      const [container] = containers;

      expect(metadata.labels).toStrictEqual(
        selector?.matchLabels ?? { 'app.kubernetes.io/name': name },
      );
      expect(container?.volumeMounts.map((mount) => mount.name)).toStrictEqual(
        volumes.map((volume) => volume.name),
      );
      for (const setting of container?.env ?? []) {
        expect(VARIABLES).toHaveProperty(setting.name.replace(/_URL_FILE$/, '_URL'));
      }
    },
  );

  it.each(['api', 'worker', 'feed'])('probe and scrape %s on ports that it listens on', (name) => {
    const template = workloads.find((workload) => workload.name === name)?.template;
    const containers = template?.spec.containers ?? [];
    const numbers = containers
      .flatMap(({ ports = [] }) => ports)
      .map(({ containerPort }) => String(containerPort));

    expect(Object.values(settingsOf('base'))).toStrictEqual(expect.arrayContaining(numbers));
    expect(numbers).toContain(template?.metadata.annotations?.['prometheus.io/port']);
    for (const probe of ['startup', 'liveness', 'readiness'] as const) {
      const { path, port } = containers[0]?.[`${probe}Probe`]?.httpGet ?? {};
      expect(path).toBe(probe === 'readiness' ? '/health/ready' : '/health/live');
      expect(portsOf(name)).toContain(port);
    }
  });

  it.each(
    resources
      .map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource] as const)
      .filter(([, resource]) => selectedBy(resource).length > 0),
  )('lead %s to workloads and ports that there are', (_title, resource) => {
    const [first, ...others] = selectedBy(resource);

    const names = workloads.map(({ name }) => name);
    expect(names).toStrictEqual(expect.arrayContaining([first, ...others]));
    expect(portsOf(first)).toStrictEqual(expect.arrayContaining([...portsUsedBy(resource)]));
  });

  it('scale by metrics that the adapter gives, of those that there are', () => {
    const { rules } = parse(read('prometheus-adapter.yml')) as {
      rules: { external: { seriesQuery: string; metricsQuery: string; name: { as: string } }[] };
    };
    const scaler = resources.find(({ kind }) => kind === 'HorizontalPodAutoscaler');

    expect(scaler?.spec?.metrics?.map(({ external }) => external.metric.name)).toStrictEqual(
      rules.external.map(({ name }) => name.as),
    );
    for (const { seriesQuery, metricsQuery } of rules.external) {
      expect([...faultsOfPromQL(seriesQuery), ...faultsOfPromQL(metricsQuery)]).toStrictEqual([]);
    }
  });

  it('publish no port of operators', () => {
    const services = resources.filter(({ kind }) => kind === 'Service');
    const published = services.filter(({ spec }) =>
      spec?.ports?.some(({ targetPort }) => targetPort === 'http'),
    );

    expect(services.map(({ metadata }) => metadata.name)).toStrictEqual(['api', 'admin']);
    expect(published).toHaveLength(1);
    expect(published[0]?.spec?.ports).toHaveLength(1);
  });
});
