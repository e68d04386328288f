#!/usr/bin/env node
/**
 * What `build/marquee.js` does: it runs the bundle of the present sources. It is plain JavaScript there, for Node runs
 * no TypeScript before its version 22, and a loader that lets it costs a server more than all else before it is ready.
 */
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { currentMain } from './bundle.ts';

const main = await currentMain();
if (extname(main) === '.ts') (await import('tsx/esm/api')).register();
await import(pathToFileURL(main).href);
