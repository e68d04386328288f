/** What a file may not do, whatever it imports. */
import ts from 'typescript';
import { isCode, lineOf, roomOf, syntaxOf, type Tree, visit } from '../sources.ts';

const inHouse = (path: string): boolean =>
  isCode(path) && (path.startsWith('src/') || path.startsWith('datasets/'));

const findings = (
  tree: Tree,
  concerns: (path: string) => boolean,
  judge: (node: ts.Node) => string | undefined,
): string[] => {
  const violations: string[] = [];
  for (const [path, text] of tree) {
    if (!concerns(path)) continue;
    const source = syntaxOf(path, text);
    visit(source, (node) => {
      const reason = judge(node);
      if (reason !== undefined) violations.push(`${path}:${lineOf(source, node)}: ${reason}`);
    });
  }
  return violations;
};

const isMember = (node: ts.Node, object: string, property: string): boolean =>
  (ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === object &&
    node.name.text === property) ||
  (ts.isElementAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === object &&
    ts.isStringLiteralLike(node.argumentExpression) &&
    node.argumentExpression.text === property);

/** Chance and time are arguments (`Rng`, `Clock`), so that a run can be had again. */
export const chanceAndTimeAreArguments = (tree: Tree): string[] =>
  findings(
    tree,
    (path) => inHouse(path) && roomOf(path) !== 'src/domain',
    (node) => {
      if (isMember(node, 'Math', 'random')) return 'Math.random: take an Rng';
      if (isMember(node, 'Date', 'now')) return 'Date.now: take a Clock';
      const made =
        (ts.isNewExpression(node) || ts.isCallExpression(node)) && ts.isIdentifier(node.expression);
      if (made && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) {
        return 'new Date(): take a Clock';
      }
      return undefined;
    },
  );

/** Handing the whole environment on to a child process (`{ ...process.env }`) is no reading of it. */
export const environmentIsReadInCli = (tree: Tree): string[] =>
  findings(
    tree,
    (path) => inHouse(path) && roomOf(path) !== 'src/cli',
    (node) =>
      isMember(node, 'process', 'env') && !ts.isSpreadAssignment(node.parent)
        ? 'process.env: environment variables are read in src/cli'
        : undefined,
  );
