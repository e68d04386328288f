/** The tree under test: paths from the repository's root, with `/`, to texts. Rules see nothing else. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export type Tree = ReadonlyMap<string, string>;

export interface Import {
  readonly specifier: string;
  /** Path from the root where the specifier is relative; undefined for a package or a node: module. */
  readonly target: string | undefined;
  /** Whether the whole declaration is of types. */
  readonly isType: boolean;
  readonly line: number;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['src', 'datasets', 'bench', 'tests', 'docs', 'examples', 'web'];
const READ = /\.(tsx?|mts|mjs|js|md)$/;

/** Every source and page of the checkout, and the documents and manifest at its root. */
export const readTree = (): Tree => {
  const tree = new Map<string, string>();
  const add = (path: string): void => {
    if (READ.test(path) || path === 'package.json') tree.set(path, readFileSync(join(ROOT, path), 'utf8'));
  };
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules') walk(path);
      } else add(path);
    }
  };
  for (const name of readdirSync(ROOT)) if (statSync(join(ROOT, name)).isFile()) add(name);
  for (const folder of FOLDERS) {
    if (statSync(join(ROOT, folder), { throwIfNoEntry: false })?.isDirectory()) walk(folder);
  }
  return tree;
};

export const isCode = (path: string): boolean =>
  /\.(tsx?|mts|mjs|js)$/.test(path) && !path.endsWith('.as.ts');

/** `src/x/...` gives `src/x`; `datasets/...` gives `datasets`; a file at the root gives itself. */
export const roomOf = (path: string): string => {
  const parts = path.split('/');
  return parts[0] === 'src' && parts.length > 2 ? `src/${parts[1]}` : parts[0];
};

const parsed = new Map<string, ts.SourceFile>();

/** The syntax tree, kept by text: several rules read the same file. */
export const syntaxOf = (path: string, text: string): ts.SourceFile => {
  const key = `${path}\0${text}`;
  let source = parsed.get(key);
  if (source === undefined) {
    source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    parsed.set(key, source);
  }
  return source;
};

export const lineOf = (source: ts.SourceFile, node: ts.Node): number =>
  source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

export const visit = (node: ts.Node, see: (node: ts.Node) => void): void => {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
};

/**
 * Whatever makes one file need another: import and export declarations, type imports, `import()`, `require()`,
 * and `new URL('./x.ts', import.meta.url)`, with which workers are started.
 */
export const importsOf = (path: string, text: string): Import[] => {
  const source = syntaxOf(path, text);
  const found: Import[] = [];
  const add = (literal: ts.Node | undefined, { onlyCode = false, isType = false } = {}): void => {
    if (literal === undefined || !ts.isStringLiteralLike(literal)) return;
    const specifier = literal.text;
    const relative = specifier.startsWith('.');
    if (onlyCode && !(relative && isCode(specifier))) return;
    const target = relative ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined;
    found.push({ specifier, target, isType, line: lineOf(source, literal) });
  };
  visit(source, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, { isType: node.importClause?.isTypeOnly === true });
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, { isType: node.isTypeOnly });
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isCallExpression(node)) {
      const calls = node.expression.kind === ts.SyntaxKind.ImportKeyword || calledName(node) === 'require';
      if (calls) add(node.arguments[0]);
    } else if (ts.isNewExpression(node) && calledName(node) === 'URL' && node.arguments?.length === 2) {
      if (node.arguments[1].getText(source) === 'import.meta.url') add(node.arguments[0], { onlyCode: true });
    }
  });
  return found;
};

const calledName = (node: ts.CallExpression | ts.NewExpression): string | undefined =>
  ts.isIdentifier(node.expression) ? node.expression.text : undefined;
