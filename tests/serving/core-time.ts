/** Milliseconds of a core that this process used since: unlike the time on the wall, no neighbour lengthens it. */
export const coreMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
};
