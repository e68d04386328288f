import type { ComponentChildren } from 'preact';

/** The pages of the house, by their paths. */
const PAGES = [
  { path: '/', name: 'Home' },
  { path: '/lab', name: 'Lab' },
] as const;

/** The head of every page: whose house it is, and the way to its other pages. */
export const Masthead = ({ children }: { readonly children?: ComponentChildren }) => (
  <header class="masthead">
    <a class="brand" href="/">
      Marquee
    </a>
    <nav aria-label="Pages">
      {PAGES.map(({ path, name }) => (
        <a key={path} href={path} aria-current={location.pathname === path ? 'page' : undefined}>
          {name}
        </a>
      ))}
      <a href="/docs">API</a>
    </nav>
    {children}
  </header>
);
