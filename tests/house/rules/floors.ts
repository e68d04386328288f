/** Who may import whom. */
import { importsOf, isCode, roomOf, type Tree } from '../sources.ts';

/** From the ground up. A room that stands in no list has no floor yet, which is a violation of its own. */
const FLOORS: readonly (readonly string[])[] = [
  ['src/math', 'src/domain'],
  [
    ...['src/artifacts', 'src/tensor', 'src/bandits', 'src/evaluation', 'src/features'],
    ...['src/simulator', 'src/monitoring'],
  ],
  ['src/candidate-gen', 'src/ranking', 'src/reporting', 'datasets'],
  ['src/training', 'src/serving'],
  ['src/experiments'],
  ['bench'],
  ['src/cli'],
];

/** These stand outside the house and may look into every room; no room looks at them. */
const OUTSIDE = ['tests', 'examples'];

const TRUTH = 'src/simulator';
const MAY_SEE_TRUTH = [TRUTH, 'datasets', 'src/experiments', 'bench', ...OUTSIDE];

const TENSORFLOW = '@tensorflow/';
const MAY_USE_TENSORFLOW = ['src/tensor', 'src/training', 'bench', ...OUTSIDE];

const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room));

const houseFiles = (tree: Tree): [path: string, text: string][] =>
  [...tree].filter(([path]) => isCode(path) && path.includes('/') && !path.startsWith('web/'));

/** A room imports only from lower floors, so neither from its neighbours nor in a circle of rooms. */
export const importsGoDown = (tree: Tree): string[] => {
  const violations: string[] = [];
  for (const [path, text] of houseFiles(tree)) {
    const room = roomOf(path);
    if (OUTSIDE.includes(room)) continue;
    if (floorOf(room) < 0)
      violations.push(`${path}: '${room}' stands on no floor of tests/house/rules/floors.ts`);
    for (const { specifier, target, line } of importsOf(path, text)) {
      if (target === undefined) continue;
      const other = roomOf(target);
      if (other === room) continue;
      if (!(floorOf(other) >= 0 && floorOf(other) < floorOf(room))) {
        violations.push(`${path}:${line}: '${room}' imports '${specifier}', which is on no lower floor`);
      }
    }
  }
  return violations;
};

/** A ranker that can see the truth is a bug that no metric would show. */
export const truthStaysInside = (tree: Tree): string[] =>
  houseFiles(tree).flatMap(([path, text]) =>
    MAY_SEE_TRUTH.includes(roomOf(path))
      ? []
      : importsOf(path, text)
          .filter(({ target }) => target !== undefined && roomOf(target) === TRUTH)
          .map(({ line }) => `${path}:${line}: only ${MAY_SEE_TRUTH.join(', ')} may import ${TRUTH}`),
  );

/** A server runs exported weights: it starts in a moment and needs no tensor library. */
export const tensorflowStaysInTraining = (tree: Tree): string[] =>
  houseFiles(tree).flatMap(([path, text]) =>
    MAY_USE_TENSORFLOW.includes(roomOf(path))
      ? []
      : importsOf(path, text)
          .filter(({ specifier }) => specifier.startsWith(TENSORFLOW))
          .map(({ line, specifier }) => `${path}:${line}: '${roomOf(path)}' imports '${specifier}'`),
  );

/** What a clone runs is installed without development dependencies too, and under its own name. */
export const packagesAreDeclared = (tree: Tree): string[] => {
  const manifest = JSON.parse(tree.get('package.json') ?? '{}') as Record<string, Record<string, string>>;
  const run = Object.keys({ ...manifest['dependencies'], ...manifest['optionalDependencies'] });
  const developed = [...run, ...Object.keys(manifest['devDependencies'] ?? {})];
  return houseFiles(tree).flatMap(([path, text]) => {
    const allowed = [...OUTSIDE, 'bench'].includes(roomOf(path)) ? developed : run;
    return importsOf(path, text)
      .filter(({ specifier, target }) => target === undefined && !specifier.startsWith('node:'))
      .filter(({ specifier }) => !allowed.includes(packageOf(specifier)))
      .map(({ line, specifier }) => `${path}:${line}: '${specifier}' is no dependency of package.json`);
  });
};

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** A browser's code is bundled from `web/` alone: what it knows of the house are types. */
export const pagesImportTypesAlone = (tree: Tree): string[] =>
  [...tree]
    .filter(([path]) => path.startsWith('web/') && isCode(path))
    .flatMap(([path, text]) =>
      importsOf(path, text)
        .filter(({ target, isType }) => target !== undefined && roomOf(target) !== 'web' && !isType)
        .map(({ line, specifier }) => `${path}:${line}: 'web' imports more than a type from '${specifier}'`),
    );

/** No file needs itself by way of others, not even for a type: a reader would find no place to begin. */
export const filesFormNoCircle = (tree: Tree): string[] => {
  const needs = new Map<string, string[]>();
  for (const [path, text] of tree) {
    if (!isCode(path)) continue;
    const targets = importsOf(path, text).map(({ target }) => target);
    needs.set(path, [...new Set(targets.filter((target) => target !== undefined))]);
  }
  const done = new Set<string>();
  const violations: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      violations.push(`a circle: ${[...trail.slice(at), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of needs.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const path of needs.keys()) walk(path, []);
  return violations;
};

/** A relative import that names no file of the tree, which only running the line would show. */
export const importsLeadSomewhere = (tree: Tree): string[] =>
  [...tree]
    .filter(([path]) => isCode(path))
    .flatMap(([path, text]) =>
      importsOf(path, text)
        .filter(({ target }) => target !== undefined && isCode(target) && !tree.has(target))
        .map(({ line, specifier }) => `${path}:${line}: '${specifier}' leads to no file`),
    );
