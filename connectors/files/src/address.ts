import {
  type Connector,
  type Context,
  monthOf,
  ProviderFailure,
  type SourceFile,
  tryRight,
} from '@infrazen/connector-kit'
import { pagesOf } from './one-file'
import { currency, format, reading, reads } from './texts'

const askOf = (context: Context, url: URL) =>
  context.http.stream({
    url,
    headers: {
      accept: '*/*',
      ...(context.credentials.authorization ? { authorization: context.credentials.authorization } : {}),
    },
  })

/** What the answer's head says of the file. Without ETag, date and length it counts as new each time; its bytes then decide. */
function versionOf(headers: Record<string, string>, now: Date): string {
  const told = [headers.etag, headers['last-modified'], headers['content-length']].filter(Boolean)
  return told.length > 0 && (headers.etag || headers['last-modified']) ? told.join(' ') : now.toISOString()
}

async function fileAt(context: Context, address: string): Promise<SourceFile> {
  const url = new URL(address)
  const { headers, body } = await askOf(context, url)
  // The head is what was wanted; leaving the body lets the connection go.
  for await (const _piece of body) break
  const version = versionOf(headers, context.now())
  const told = headers.etag ?? headers['last-modified']
  const bytes = headers['content-encoding'] ? null : (headers['content-length'] ?? null)
  return {
    // A query may carry a signature: it is no part of the name.
    key: `${url.origin}${url.pathname}`,
    name: decodeURIComponent(url.pathname.split('/').at(-1) ?? '') || url.hostname,
    version,
    bytes: bytes === null ? null : Number(bytes),
    async *open() {
      const again = await askOf(context, url)
      if ((again.headers.etag ?? again.headers['last-modified']) !== told)
        throw new ProviderFailure(
          'unavailable',
          `${url.hostname}: the file was replaced while it was read. It is read again.`,
          {
            retryable: true,
          },
        )
      yield* again.body
    },
  }
}

/** The address itself, or one for each month where it holds `{yyyy}` and `{mm}`. Oldest first. */
function addressesOf(context: Context, from: Date, to: Date): { address: string; key: string }[] {
  const template = context.credentials.address ?? ''
  if (!/\{(yyyy|mm)\}/.test(template)) return [{ address: template, key: '' }]
  const addresses: { address: string; key: string }[] = []
  for (let month = monthOf(from); month.start < to; month = monthOf(month.end)) {
    const key = month.start.toISOString().slice(0, 7)
    const [year = '', number = ''] = key.split('-')
    addresses.push({ address: template.replaceAll('{yyyy}', year).replaceAll('{mm}', number), key })
  }
  return addresses
}

async function* filesOf(context: Context, addresses: readonly { address: string }[]): AsyncGenerator<SourceFile> {
  for (const { address } of addresses) {
    try {
      yield await fileAt(context, address)
    } catch (error) {
      // Of many months some are not there; of one address that is the whole answer.
      if (addresses.length === 1 || !(error instanceof ProviderFailure) || error.code !== 'not_found') throw error
    }
  }
}

/** A file behind an address, or one for each month. */
export const address: Connector = {
  manifest: {
    id: 'files-https',
    name: 'HTTPS address',
    title: { en: 'HTTPS address', ko: 'HTTPS 주소', ru: 'Адрес HTTPS' },
    category: 'files',
    summary: {
      en: 'A bill file behind an address, or one for each month; fetched when it changed',
      ko: '주소 하나 또는 달마다 있는 청구 파일. 바뀌었을 때만 가져와요',
      ru: 'Файл счёта по адресу, один или за каждый месяц; загружается, когда изменился',
    },
    reads,
    currency: null,
    timeZone: 'UTC',
    everyMinutes: 360,
    rateLimit: { perMinute: 60, concurrent: 2 },
    webhooks: null,
    credentials: [
      {
        id: 'address',
        kind: 'text',
        label: { en: 'Address', ko: '주소', ru: 'Адрес' },
        help: {
          en: '{yyyy} and {mm} stand for year and month: https://host/bills/{yyyy}-{mm}.csv.gz. Keys belong into the field below.',
          ko: '{yyyy}와 {mm}은 연도와 월이에요: https://host/bills/{yyyy}-{mm}.csv.gz. 키는 아래 칸에 적으세요.',
          ru: '{yyyy} и {mm} — год и месяц: https://host/bills/{yyyy}-{mm}.csv.gz. Ключи указывайте в поле ниже.',
        },
        required: true,
        placeholder: 'https://host/bills/{yyyy}-{mm}.csv.gz',
        pattern: 'https?://[^\\s@]{3,2000}',
        patternHelp: {
          en: 'It begins with https:// and holds neither spaces nor a user name.',
          ko: 'https://로 시작하고 공백이나 사용자 이름이 없어야 해요.',
          ru: 'Начинается с https://, без пробелов и имени пользователя.',
        },
      },
      {
        id: 'authorization',
        kind: 'secret',
        label: { en: 'Authorization header', ko: 'Authorization 헤더', ru: 'Заголовок Authorization' },
        help: {
          en: 'If the address asks for one, such as Bearer … or Basic …',
          ko: '주소가 요구할 때만 적으세요. 예: Bearer …, Basic …',
          ru: 'Если адрес его требует, например Bearer … или Basic …',
        },
        required: false,
        pattern: '[\\x20-\\x7e]{4,4000}',
      },
      format,
      currency,
    ],
    rights: [
      {
        id: 'get',
        needed: true,
        title: reading,
        remedy: {
          en: 'Open the address without a sign-in page, or give the header that it asks for. Private networks are opened by an operator with INFRAZEN_ALLOW_PRIVATE_ADDRESSES.',
          ko: '로그인 화면 없이 열리는 주소를 쓰거나 요구하는 헤더를 적으세요. 사설망은 운영자가 INFRAZEN_ALLOW_PRIVATE_ADDRESSES로 열어요.',
          ru: 'Откройте адрес без страницы входа или укажите нужный заголовок. Частные сети открывает оператор через INFRAZEN_ALLOW_PRIVATE_ADDRESSES.',
        },
      },
    ],
    setUp: [
      {
        title: { en: 'Try the address', ko: '주소 시험하기', ru: 'Проверьте адрес' },
        text: {
          en: 'From the server’s network the answer should be 200 with an ETag or a Last-Modified: they save fetching what did not change.',
          ko: '서버의 네트워크에서 200과 ETag 또는 Last-Modified가 와야 해요. 바뀌지 않은 파일을 다시 받지 않게 해 줘요.',
          ru: 'Из сети сервера ответ должен быть 200 с ETag или Last-Modified: они избавляют от повторной загрузки неизменного.',
        },
        copy: 'curl -sI "https://host/bills/2026-10.csv.gz" -H "Authorization: $HEADER"',
      },
    ],
    sources: ['https://www.rfc-editor.org/rfc/rfc9110#name-etag'],
  },
  async test(context) {
    const now = context.now()
    // The current month may not be there yet; the one before is.
    const addresses = addressesOf(context, monthOf(new Date(monthOf(now).start.getTime() - 1)).start, now).reverse()
    let found: SourceFile | null = null
    const check = await tryRight('get', async () => {
      for await (const file of filesOf(context, addresses)) {
        found = file
        break
      }
      if (found === null)
        throw new ProviderFailure('not_found', 'There is a file neither for this month nor for the last.')
    })
    const { address: given = '' } = context.credentials
    // A query may carry a signature: it is no part of the name.
    const id = given.split('?', 1)[0] ?? ''
    return { account: { id, name: URL.canParse(id) ? new URL(id).hostname : id }, checks: [check] }
  },
  async *read({ kind, from, to, cursor }, context) {
    if (kind !== 'files') throw new ProviderFailure('rejected', `An address holds files, no ${kind}.`)
    const addresses = addressesOf(context, from, to)
    // The cursor is the key of the last file read: its place among the addresses is found again by it.
    const done =
      cursor === null
        ? 0
        : addresses.findIndex(({ address: one }) => cursor === `${new URL(one).origin}${new URL(one).pathname}`) + 1
    yield* pagesOf(filesOf(context, addresses.slice(done)), cursor, 'There is no file for any month of the range.')
  },
}
