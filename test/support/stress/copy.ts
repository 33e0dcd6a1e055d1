interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly subjects?: readonly { readonly reference: string }[];
  readonly target?: readonly { readonly reference: string }[];
}

/** A client's copy, kept up to date by exports with `_since` and nothing else. */
export class Copy {
  private readonly lines = new Map<string, string>();

  /** @param bundles lines of the files in the manifest's `deleted` */
  apply(output: readonly string[], bundles: readonly string[]): void {
    for (const line of output) {
      const { resourceType, id } = JSON.parse(line) as Resource;
      this.lines.set(`${resourceType}/${id}`, line);
    }
    for (const bundle of bundles) {
      const { entry } = JSON.parse(bundle) as { entry: { request: { url: string } }[] };
      for (const { request } of entry) this.lines.delete(request.url);
    }
  }

  /** Drops what was there because of patients who have left the group. */
  keepOnly(members: readonly string[]): void {
    const patients = new Set(members.map((id) => `Patient/${id}`));
    const kept = new Set<string>();
    const drop = (keeps: (resource: Resource) => boolean, types: readonly string[]): void => {
      for (const [key, line] of this.lines) {
        const resource = JSON.parse(line) as Resource;
        if (!types.includes(resource.resourceType)) continue;
        if (keeps(resource)) kept.add(key);
        else this.lines.delete(key);
      }
    };
    const own = ['Patient', 'Observation', 'Encounter'];
    drop(({ subjects }) => (subjects ?? []).some(({ reference }) => patients.has(reference)), own);
    drop(
      ({ target }) => (target ?? []).some(({ reference }) => kept.has(reference)),
      ['Provenance'],
    );
  }

  content(): ReadonlyMap<string, string> {
    return this.lines;
  }
}
