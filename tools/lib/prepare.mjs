import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fail, root, runQuietly, withSigns } from './run.mjs'

// Only Node's own modules at the top: this runs before anything is installed.

const oldestNode = [20, 19]

/** Ends with a sentence when Node is too old for the parts we use. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    fail(
      `InfraZen needs Node.js ${oldestNode.join('.')} or later; this is ${process.versions.node}. Get it at https://nodejs.org.`,
    )
  }
}

/** Installs what package-lock.json names, unless that is what is there. */
export async function install() {
  const lock = join(root, 'package-lock.json')
  const stamp = join(root, 'node_modules', '.infrazen-installed')
  const wanted = sha256(readFileSync(lock))
  if (readOr(stamp) === wanted) return
  // npm's own record of an installation: newer than the lock means that somebody has just run npm.
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record) || statSync(record).mtimeMs < statSync(lock).mtimeMs) {
    const { code, output } = await withSigns('Installing dependencies (first start or update; about 1.3 GB)', () =>
      runQuietly(npm(), ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { shell: process.platform === 'win32' }),
    )
    if (code !== 0) fail(`npm ci failed.\n${output}`)
  }
  writeFileSync(stamp, wanted)
}

/** Builds the server and, where `page` is not false, the page; whichever is older than its sources. */
export async function build({ page = true, force = false } = {}) {
  // One after the other: on a small machine two builders side by side take no less time and twice the memory.
  await buildServer(force)
  if (page) await buildPage(force)
}

async function buildServer(force) {
  const out = join(root, 'server', 'dist')
  const sources = fingerprint(['server/src', 'packages', 'connectors', 'tools/lib/prepare.mjs', 'package-lock.json'])
  if (!force && isFresh(out, sources)) return
  await withSigns('Building the server', async () => {
    const { build: bundle } = await import('esbuild')
    rmSync(out, { recursive: true, force: true })
    await bundle({
      absWorkingDir: root,
      entryPoints: { main: 'server/src/main.ts', cli: 'server/src/cli/main.ts' },
      outdir: out,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      chunkNames: 'chunk-[hash]',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'linked',
      sourcesContent: false,
      packages: 'external',
      plugins: [ownPackages(), addressesOfSources(out)],
      logLevel: 'warning',
    }).catch(() => fail('Building the server failed: see above.'))
    writeFileSync(join(out, '.built'), sources)
  })
}

async function buildPage(force) {
  const out = join(root, 'web', 'dist')
  const sources = fingerprint([
    'web/src',
    'web/public',
    'web/index.html',
    'web/vite.config.ts',
    'web/package.json',
    'package-lock.json',
  ])
  if (!force && isFresh(out, sources)) return
  const { code, output } = await withSigns('Building the page', () =>
    runQuietly(process.execPath, [binOf('vite'), 'build', '--logLevel', 'warn'], { cwd: join(root, 'web') }),
  )
  if (code !== 0) fail(`Building the page failed.\n${output}`)
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, '.built'), sources)
}

/** The script behind a command of an installed package, to run it without a shell. */
export function binOf(name, command = name) {
  const folder = [
    join(root, 'node_modules', name),
    join(root, 'web', 'node_modules', name),
    join(root, 'server', 'node_modules', name),
  ].find(existsSync)
  if (!folder) fail(`${name} is not installed. Run npm ci.`)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[command])
}

/** Our own packages are TypeScript and become part of the bundle; everything else stays in node_modules. */
export function ownPackages() {
  return {
    name: 'own-packages',
    setup(builder) {
      builder.onResolve({ filter: /^@infrazen\// }, ({ path }) => {
        const [scope, name, ...rest] = path.split('/')
        const folder = join(root, 'node_modules', scope, name)
        const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
        const target = exports[rest.length === 0 ? '.' : `./${rest.join('/')}`]
        return target ? { path: join(folder, target) } : { errors: [{ text: `${path} is not exported` }] }
      })
    },
  }
}

/** Files beside a source (migrations, workers, data) stay there: the bundle must look for them from the source's place. */
export function addressesOfSources(out) {
  return {
    name: 'addresses-of-sources',
    setup(builder) {
      builder.onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        const loader = path.endsWith('.ts') ? 'ts' : 'js'
        if (!text.includes('import.meta.')) return { contents: text, loader }
        const address = `new URL(${JSON.stringify(relative(out, path).split(sep).join('/'))}, import.meta.url)`
        const contents = text
          .replaceAll('import.meta.url', `${address}.href`)
          .replaceAll(
            'import.meta.dirname',
            `decodeURIComponent(new URL('.', ${address}).pathname).replace(/\\/$/, '')`,
          )
          .replaceAll('import.meta.filename', `decodeURIComponent(${address}.pathname)`)
        return { contents, loader }
      })
    },
  }
}

function isFresh(out, sources) {
  return readOr(join(out, '.built')) === sources
}

/** Changes when a file comes, goes, grows, shrinks or is written again. Tests do not count. */
function fingerprint(paths) {
  const lines = []
  const add = (path) => {
    const absolute = join(root, path)
    if (!existsSync(absolute)) return
    const stat = statSync(absolute)
    if (!stat.isDirectory()) lines.push(`${path} ${stat.size} ${stat.mtimeMs}`)
    else {
      for (const name of readdirSync(absolute).sort()) {
        if (!/^(node_modules|dist|fixtures)$|\.test\.tsx?$/.test(name)) add(`${path}/${name}`)
      }
    }
  }
  for (const path of paths) add(path)
  return sha256(lines.join('\n'))
}

function npm() {
  return process.platform === 'win32' ? 'npm.cmd' : 'npm'
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex')
}

function readOr(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/** Where the bundle of a given entry is. */
export const bundleOf = (name) => join(root, 'server', 'dist', `${name}.mjs`)
