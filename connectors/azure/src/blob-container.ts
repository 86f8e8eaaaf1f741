import { createHmac } from 'node:crypto'
import {
  type Context,
  type ExchangeRequest,
  isWorthAnother,
  ProviderFailure,
  readResuming,
  redact,
} from '@infrazen/connector-kit'

export type StoredBlob = { name: string; bytes: number; etag: string; lastModified: string }

/** A container of Azure Blob Storage, asked over REST with a SAS token or signed with the key of the account. */
export type BlobContainer = {
  list(prefix: string, most?: number): AsyncGenerator<StoredBlob[]>
  read(blob: StoredBlob): AsyncGenerator<Uint8Array>
  text(blob: StoredBlob): Promise<string>
}

const version = '2023-11-03'
const mostText = 8 * 2 ** 20

export function openContainer(context: Context): BlobContainer {
  const { account = '', container = '', endpoint, sasToken, accountKey } = context.credentials
  const base = (endpoint || `https://${account}.blob.core.windows.net`).replace(/\/+$/, '')
  const secrets = [sasToken ?? '', accountKey ?? ''].flatMap((secret) => [
    secret,
    ...(/(?:^|&)sig=([^&]+)/.exec(secret)?.slice(1) ?? []),
  ])

  async function ask(
    what: string,
    name: string,
    query: Record<string, string>,
    more: Record<string, string> = {},
    unbounded = false,
  ) {
    const path = name === '' ? '' : `/${name.split('/').map(encodeURIComponent).join('/')}`
    const url = new URL(`${base}/${container}${path}`)
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
    const headers = { 'x-ms-version': version, 'x-ms-date': context.now().toUTCString(), ...more }
    const request: ExchangeRequest = { method: 'GET', url, headers, unbounded }
    if (accountKey) request.headers = { ...headers, authorization: sharedKey(account, accountKey, url, headers) }
    else
      for (const [key, value] of new URLSearchParams((sasToken ?? '').replace(/^\?/, '')))
        url.searchParams.set(key, value)
    const answer = await context.http.exchange(request)
    if (answer.status < 300) return answer
    const text = await textOf(answer.body)
    const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? answer.headers['x-ms-error-code'] ?? ''
    const said = /<Message>([^<]+)/.exec(text)?.[1]?.split('\n', 1)[0] ?? ''
    const sentence = redact(`${what}: ${answer.status} ${code} ${said}`.trim().slice(0, 500), secrets)
    if (answer.status === 412)
      throw new ProviderFailure('unavailable', `${what}: the file was replaced while it was read. It is read again.`, {
        status: 412,
        retryable: true,
      })
    const known = { 401: 'unauthorized', 403: 'forbidden', 404: 'not_found' } as const
    const kind = code === 'AuthenticationFailed' ? 'unauthorized' : known[answer.status as keyof typeof known]
    throw new ProviderFailure(kind ?? 'rejected', sentence, { status: answer.status })
  }

  async function* list(prefix: string, most = 5000) {
    const what = `List blobs of ${container}/${prefix}`
    const seen = new Set<string>()
    for (let marker = ''; ; ) {
      const page = await again(async () => {
        const query = { restype: 'container', comp: 'list', prefix, maxresults: String(most) }
        const answer = await ask(what, '', marker === '' ? query : { ...query, marker })
        return blobsOf(await textOf(answer.body), what)
      })
      yield page.blobs
      if (page.next === '') return
      if (seen.has(page.next))
        throw new ProviderFailure('changed_format', `${what}: a page that was already read is named as the next one.`)
      seen.add(page.next)
      marker = page.next
    }
  }

  async function again<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (!isWorthAnother(error as Error) || attempt >= 5) throw error
        await context.http.backOff(attempt)
      }
    }
  }

  function read(blob: StoredBlob): AsyncGenerator<Uint8Array> {
    const what = `Read blob ${blob.name}`
    return readResuming(context.http, blob.bytes, what, async (from) => {
      const answer = await ask(
        what,
        blob.name,
        {},
        { 'if-match': blob.etag, ...(from > 0 ? { 'x-ms-range': `bytes=${from}-` } : {}) },
        true,
      )
      if (bare(answer.headers.etag ?? '') !== bare(blob.etag))
        throw new ProviderFailure('bad_answer', `${what}: the answer is not the blob that was listed.`, {
          retryable: true,
        })
      return answer.body
    })
  }

  return {
    list,
    read,
    async text(blob) {
      if (blob.bytes > mostText)
        throw new ProviderFailure(
          'too_large',
          `${blob.name} is larger than ${mostText} bytes. Nothing of it was taken.`,
        )
      return textOf(read(blob))
    },
  }
}

// The list writes an ETag without quotes, a header with them.
const bare = (etag: string) => etag.replaceAll('"', '')

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

/** The blobs of a List Blobs answer. A cut or foreign text is no answer; a blob without its properties is a changed format. */
function blobsOf(text: string, what: string): { blobs: StoredBlob[]; next: string } {
  if (!/<EnumerationResults[\s>]/.test(text) || !/<\/EnumerationResults>\s*$/.test(text))
    throw new ProviderFailure(
      'bad_answer',
      `${what}: the answer is not a list of blobs. A proxy or a sign-in page may stand between.`,
      { retryable: true },
    )
  const field = (blob: string, name: string) =>
    plain(new RegExp(`<${name}>([^<]*)</${name}>`, 'i').exec(blob)?.[1] ?? '')
  const blobs = [...text.matchAll(/<Blob>([\s\S]*?)<\/Blob>/g)].map(([, blob = '']): StoredBlob => {
    const [name, etag, length] = [field(blob, 'Name'), field(blob, 'Etag'), field(blob, 'Content-Length')]
    if (name === '' || etag === '' || !/^\d+$/.test(length))
      throw new ProviderFailure('changed_format', `${what}: a blob comes without a Name, an Etag or a Content-Length.`)
    const moment = Date.parse(field(blob, 'Last-Modified'))
    return {
      name,
      etag,
      bytes: Number(length),
      lastModified: Number.isNaN(moment) ? '' : new Date(moment).toISOString(),
    }
  })
  return { blobs, next: field(text, 'NextMarker') }
}

const plain = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')

/** Shared Key of the Blob service. Source: “Authorize with Shared Key” of the Azure Storage REST reference, 2009-09-19 and later. */
export function sharedKey(account: string, key: string, url: URL, headers: Record<string, string>): string {
  const own = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')
  const query = [...new Set(url.searchParams.keys())]
    .sort()
    .map((name) => `\n${name.toLowerCase()}:${url.searchParams.getAll(name).sort().join(',')}`)
    .join('')
  const header = (name: string) => headers[name] ?? ''
  const text = [
    'GET',
    '', // Content-Encoding
    '', // Content-Language
    '', // Content-Length
    '', // Content-MD5
    '', // Content-Type
    '', // Date: x-ms-date stands for it
    '', // If-Modified-Since
    header('if-match'),
    '', // If-None-Match
    '', // If-Unmodified-Since
    '', // Range: x-ms-range stands for it
    `${own}/${account}${url.pathname}${query}`,
  ].join('\n')
  return `SharedKey ${account}:${createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64')}`
}
