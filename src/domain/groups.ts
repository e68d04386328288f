/** What has the same label, in its order, under that label; labels in the order of their first. */
export const groupsBy = <T>(all: readonly T[], labelOf: (one: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const label = labelOf(one);
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [one]);
    else group.push(one);
  }
  return groups;
};
