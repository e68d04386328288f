/** Bodies: JSON alone, and no deeper than anything this server is told. */
import { refusal } from './refusal.ts';
import type { Server } from './typed-fastify.ts';

/**
 * Takes JSON whose lists and objects stand at most `mostDeep` within one another. A thousand times deeper, what is
 * parsed with ease fails where it is checked, kept or echoed.
 */
export const takeJson = (app: Server, mostDeep: number): void => {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    if (isDeeper(text, mostDeep)) {
      const expected = `lists and objects at most ${mostDeep} within one another`;
      done(refusal({ field: 'body', got: 'deeper ones', expected, code: 'body-too-deep' }));
      return;
    }
    parse(request, text, done);
  });
};

/** Whether JSON text has more than `most` lists and objects within one another. Of what is no JSON either answer may come. */
const isDeeper = (text: string, most: number): boolean => {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') {
      depth += 1;
      if (depth > most) return true;
    } else if (char === ']' || char === '}') depth -= 1;
  }
  return false;
};
