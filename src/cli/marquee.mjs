#!/usr/bin/env node
// The `marquee` bin: finds tsx beside this file rather than in the caller's folder, then runs the program.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
