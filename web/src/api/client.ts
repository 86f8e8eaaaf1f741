/** What the server says in `application/problem+json`, or what the network did. `code` is stable; `message` is for the reader. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

type Options = {
  method?: string
  body?: unknown
  raw?: BodyInit
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** One request to the API, typed by the contract of the module asked. Throws `ApiError`. */
export async function api<T>(path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers }
  let body: BodyInit | undefined = options.raw
  if (options.body !== undefined) {
    headers['content-type'] = 'application/json'
    body = JSON.stringify(options.body)
  }
  let response: Response
  try {
    response = await fetch(path, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      body,
      credentials: 'same-origin',
      signal: options.signal,
    })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'unreachable', 'The server cannot be reached.')
  }
  if (!response.ok) throw await problemOf(response)
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** The error a failed response stands for. */
export async function problemOf(response: Response): Promise<ApiError> {
  try {
    const problem = (await response.json()) as {
      code?: string
      detail?: string
      title?: string
      message?: string
    } & Record<string, unknown>
    return new ApiError(
      response.status,
      problem.code ?? `http_${response.status}`,
      problem.detail ?? problem.title ?? problem.message ?? response.statusText,
      problem,
    )
  } catch {
    return new ApiError(response.status, `http_${response.status}`, response.statusText)
  }
}
