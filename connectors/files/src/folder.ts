import { createReadStream } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import {
  type Connector,
  type Context,
  matcherOf,
  ProviderFailure,
  type SourceFile,
  tryRight,
} from '@infrazen/connector-kit'
import { pagesOf } from './one-file'
import { currency, format, listing, pattern, reading, reads } from './texts'

const setting = 'INFRAZEN_FILES_FOLDERS'

/** The folder as it really is. @throws ProviderFailure address_refused for one that the operator did not open, not_found */
async function openFolder({ credentials, folders }: Context): Promise<string> {
  const wanted = credentials.folder ?? ''
  const real = await realpath(wanted).catch(failure(wanted))
  const allowed = await Promise.all(folders.map((folder) => realpath(folder).catch(() => null)))
  if (!allowed.some((folder) => folder !== null && isWithin(folder, real)))
    throw new ProviderFailure(
      'address_refused',
      folders.length === 0
        ? `No folder of the server may be read. An operator can open some with ${setting}.`
        : `${wanted} is in none of the folders that may be read. An operator can open it with ${setting}.`,
    )
  return real
}

async function* namesIn(root: string, below = ''): AsyncGenerator<string> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch(failure(below || root))
  // A folder sorts with its slash, as its files' names do: so the whole is in the order of names.
  const sorted = entries
    .map((entry) => ({ entry, name: entry.isDirectory() ? `${entry.name}/` : entry.name }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { entry } of sorted) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) yield* namesIn(root, name)
    else if (entry.isFile() || entry.isSymbolicLink()) yield name
  }
}

async function* filesOf(context: Context, cursor: string | null): AsyncGenerator<SourceFile> {
  const root = await openFolder(context)
  const fits = matcherOf(context.credentials.pattern)
  for await (const name of namesIn(root)) {
    if ((cursor !== null && name <= cursor) || !fits(name)) continue
    const path = await realpath(join(root, name)).catch(() => null)
    // A link must not lead out of what the operator opened.
    if (path === null || !isWithin(root, path)) continue
    const { size, mtimeMs } = await stat(path)
    if (size === 0) continue
    const version = `${size}-${Math.trunc(mtimeMs)}`
    yield { key: name, name: name.split('/').at(-1) ?? name, version, bytes: size, open: () => bytesOf(path, version) }
  }
}

async function* bytesOf(path: string, version: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path)) yield piece as Uint8Array
    const { size, mtimeMs } = await stat(path)
    if (`${size}-${Math.trunc(mtimeMs)}` !== version)
      throw new ProviderFailure('unavailable', 'The file was written while it was read. It is read again.', {
        retryable: true,
      })
  } catch (error) {
    throw error instanceof ProviderFailure ? error : failure(path.split(sep).at(-1) ?? '')(error)
  }
}

const isWithin = (folder: string, path: string) => {
  const way = relative(folder, path)
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way))
}

const failure =
  (what: string) =>
  (error: unknown): never => {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ProviderFailure('not_found', `${what} is not there.`)
    if (code === 'EACCES' || code === 'EPERM')
      throw new ProviderFailure('forbidden', `The server’s user may not read ${what}.`)
    throw new ProviderFailure('unavailable', `${what} cannot be read (${code ?? 'unknown'}).`, { retryable: true })
  }

/** A folder on the machine of the server. */
export const folder: Connector = {
  manifest: {
    id: 'files-folder',
    name: 'Folder on the server',
    title: { en: 'Folder on the server', ko: '서버의 폴더', ru: 'Папка на сервере' },
    category: 'files',
    summary: {
      en: 'Bill files that something else puts into a folder of this server, or into a mounted share',
      ko: '이 서버의 폴더나 마운트된 공유 폴더에 놓이는 청구 파일',
      ru: 'Файлы счетов, которые складываются в папку этого сервера или в подключённый общий ресурс',
    },
    reads,
    currency: null,
    timeZone: 'UTC',
    everyMinutes: 15,
    rateLimit: { perMinute: 600, concurrent: 2 },
    webhooks: null,
    credentials: [
      {
        id: 'folder',
        kind: 'text',
        label: { en: 'Folder', ko: '폴더', ru: 'Папка' },
        help: {
          en: 'The whole path. It must lie in a folder that the operator opened with INFRAZEN_FILES_FOLDERS.',
          ko: '전체 경로를 적으세요. 운영자가 INFRAZEN_FILES_FOLDERS로 연 폴더 안에 있어야 해요.',
          ru: 'Полный путь. Папка должна лежать в одной из открытых оператором через INFRAZEN_FILES_FOLDERS.',
        },
        required: true,
        placeholder: '/srv/bills',
        pattern: '(/|[A-Za-z]:[\\\\/]).{0,1000}',
        patternHelp: {
          en: 'The whole path, from the root.',
          ko: '루트부터 시작하는 전체 경로를 적으세요.',
          ru: 'Полный путь, начиная с корня.',
        },
      },
      pattern,
      format,
      currency,
    ],
    rights: [
      {
        id: 'list',
        needed: true,
        title: listing,
        remedy: {
          en: 'Open the folder with INFRAZEN_FILES_FOLDERS, start the server again, and let its user list the folder.',
          ko: 'INFRAZEN_FILES_FOLDERS로 폴더를 열고 서버를 다시 시작한 뒤, 서버 사용자에게 폴더 목록 권한을 주세요.',
          ru: 'Откройте папку через INFRAZEN_FILES_FOLDERS, перезапустите сервер и дайте его пользователю право просматривать папку.',
        },
      },
      {
        id: 'read',
        needed: true,
        title: reading,
        remedy: {
          en: 'Let the user of the server read the files, e.g. by a common group.',
          ko: '공통 그룹 등으로 서버 사용자가 파일을 읽을 수 있게 하세요.',
          ru: 'Дайте пользователю сервера право читать файлы, например через общую группу.',
        },
      },
    ],
    setUp: [
      {
        title: { en: 'Open the folder', ko: '폴더 열기', ru: 'Откройте папку' },
        text: {
          en: 'An operator names the folders that may be read in the settings of the server; several stand with commas.',
          ko: '운영자가 서버 설정에 읽어도 되는 폴더를 적어요. 여러 개는 쉼표로 구분해요.',
          ru: 'Оператор указывает в настройках сервера, какие папки можно читать; несколько — через запятую.',
        },
        copy: 'INFRAZEN_FILES_FOLDERS=/srv/bills',
      },
      {
        title: { en: 'Put files there whole', ko: '완성된 파일 놓기', ru: 'Кладите файлы целиком' },
        text: {
          en: 'Write a file under another name and rename it when it is complete. A file under the same name replaces what it said before.',
          ko: '다른 이름으로 쓴 뒤 완성되면 이름을 바꾸세요. 같은 이름의 파일은 전에 말한 내용을 대체해요.',
          ru: 'Записывайте файл под другим именем и переименуйте, когда он готов. Файл с тем же именем заменяет сказанное прежде.',
        },
        copy: 'mv bill.csv.part bill.csv',
      },
    ],
    sources: ['https://focus.finops.org/'],
  },
  async test(context) {
    let first: SourceFile | null = null
    const list = await tryRight('list', async () => {
      for await (const file of filesOf(context, null)) {
        first = file
        break
      }
    })
    const found = first as SourceFile | null
    const read =
      found === null
        ? await tryRight('read', async () => {
            const handle = await open(await openFolder(context)).catch(failure(context.credentials.folder ?? ''))
            await handle.close()
          })
        : await tryRight('read', async () => {
            for await (const _piece of found.open()) break
          })
    const { folder: name = '', pattern: files = '' } = context.credentials
    return { account: { id: `${name} ${files}`.trim(), name }, checks: [list, read].map(refusedIsMissing) }
  },
  async *read({ kind, cursor }, context) {
    if (kind !== 'files') throw new ProviderFailure('rejected', `A folder holds files, no ${kind}.`)
    yield* pagesOf(filesOf(context, cursor), cursor, 'No file in the folder fits the pattern.')
  },
}

/** A folder that is not opened is a right to be given, not a passing trouble. */
const refusedIsMissing = (check: Awaited<ReturnType<typeof tryRight>>) =>
  check.code === 'address_refused' ? { ...check, state: 'missing' as const } : check
