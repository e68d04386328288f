/** What a page asks of the server it came from. */

/** What the server said of a request that it refused, in its own words. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const answered = async (response: Response): Promise<Response> => {
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  const { error } = (body ?? {}) as { error?: { message?: string } };
  throw new Refused(response.status, error?.message ?? `the server answered ${response.status}`);
};

/** @throws Refused where the server refuses; TypeError where it cannot be reached */
export const ask = async (url: string, init: RequestInit = {}): Promise<Response> =>
  await answered(await fetch(url, init));

export const askJson = async <T>(url: string): Promise<T> => (await (await ask(url)).json()) as T;

export const send = async <T>(url: string, method: 'POST' | 'PUT', body: unknown): Promise<T> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body), keepalive: true });
  return (await (await answered(response)).json()) as T;
};

export const messageOf = (thrown: unknown): string => {
  if (thrown instanceof Refused) return thrown.message;
  return thrown instanceof TypeError ? 'the server cannot be reached' : String(thrown);
};
