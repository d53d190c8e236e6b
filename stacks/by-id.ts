/** Makes one thing for each spec and finds it again by the spec's id; throws on an id that this topology lacks. */
export function byId<Spec extends { id: string }, Made>(specs: readonly Spec[], make: (spec: Spec) => Made): (id: Spec["id"]) => Made {
  const made = new Map(specs.map((spec) => [spec.id, make(spec)]));
  return (id) => {
    const found = made.get(id);
    if (found === undefined) throw new Error(`the topology speaks of ${id}, but has none: it has ${[...made.keys()].join(", ")}`);
    return found;
  };
}
