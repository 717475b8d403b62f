// Asking the server. Answers that are no success become a Refusal, which says why in the server's own words.

export class Refusal extends Error {
  /** @param {string} message @param {number} status @param {{key: string, what: string}[]} faults */
  constructor(message, status, faults) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

/**
 * @param {string} path
 * @param {{method?: string, body?: unknown, headers?: Record<string, string>}} [how]
 * @returns {Promise<any>}
 */
export async function ask(path, { method = "GET", body, headers = {} } = {}) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(answer.error ?? response.statusText, response.status, answer.faults ?? []);
  return answer;
}

/** @param {Record<string, string | number>} values @returns {string} "?a=1&b=2" of those that say something */
export function query(values) {
  const said = Object.entries(values).filter(([, value]) => value !== "" && value !== 0);
  return said.length ? `?${new URLSearchParams(said.map(([key, value]) => [key, String(value)]))}` : "";
}
