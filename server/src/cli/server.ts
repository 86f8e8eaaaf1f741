import { invalid, unavailable } from '../primitives/errors'

export type Target = { url: string; key: string }

/** The running server and the key for it, from flags or the environment. @throws Failure `no_key` */
export function targetOf(values: { url?: string; key?: string }): Target {
  const key = values.key ?? process.env.INFRAZEN_API_KEY
  if (!key)
    throw invalid(
      'no_key',
      'An API key is needed: set INFRAZEN_API_KEY or give --key. Make one on the page under Settings.',
    )
  const url = values.url ?? process.env.INFRAZEN_URL ?? `http://127.0.0.1:${process.env.INFRAZEN_PORT || 4000}`
  return { url: url.replace(/\/+$/, ''), key }
}

/** One request; JSON is read, other answers come as text. @throws Failure with the server's code and advice */
export async function ask<T>(target: Target, path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`${target.url}${path}`, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${target.key}` },
  }).catch((cause: unknown) => {
    throw unavailable(
      'server_unreachable',
      `No InfraZen answers at ${target.url}. Start it with \`infrazen serve\`, or give --url.`,
      {},
      { cause },
    )
  })
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  if (response.ok) return (isJson ? JSON.parse(text) : text) as T
  const body = isJson ? (JSON.parse(text) as { detail?: string; code?: string }) : {}
  throw invalid(
    body.code ?? 'unexpected_answer',
    `${body.detail ?? `The server answered ${response.status}.`} (${body.code ?? response.status})`,
  )
}
