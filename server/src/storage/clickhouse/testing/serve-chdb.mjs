// Stands in for a ClickHouse server in tests: ClickHouse's HTTP protocol in front of chDB, in a process of its own.
// The official client talks to it as it would to a server. Real clusters were not among the test targets.
import { randomUUID } from 'node:crypto'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Session } from 'chdb'

const folder = process.argv[2]
const scratch = join(folder, 'bodies')
mkdirSync(scratch, { recursive: true })
const notSettings = new Set(['query', 'query_id', 'database', 'session_id', 'default_format'])
const quoted = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const server = createServer((request, response) => {
  void answer(request, response).catch((error) => {
    const text = String(error?.message ?? error)
    const code = /Code: (\d+)/.exec(text)?.[1] ?? '1000'
    response.writeHead(500, { 'content-type': 'text/plain', 'x-clickhouse-exception-code': code })
    response.end(text.startsWith('Code:') ? text : `Code: ${code}. DB::Exception: ${text} (UNKNOWN)`)
  })
})

async function answer(request, response) {
  const url = new URL(request.url, 'http://stand-in')
  if (url.pathname === '/ping') return response.end('Ok.\n')
  const given = url.searchParams.get('query')
  let bodyFile = null
  let sql = given ?? ''
  if (given === null) {
    const pieces = []
    for await (const piece of request) pieces.push(piece)
    sql = Buffer.concat(pieces).toString('utf8')
  } else {
    bodyFile = join(scratch, randomUUID())
    await pipeline(request, createWriteStream(bodyFile))
  }
  // A connection of its own for each request, as HTTP has no session: params and settings end with it.
  const session = new Session(join(folder, 'clickhouse'))
  try {
    const settings = []
    for (const [name, value] of url.searchParams) {
      if (name.startsWith('param_')) await session.queryAsync(`SET ${name} = ${quoted(value)}`)
      else if (!notSettings.has(name)) settings.push(`${name} = ${/^-?\d+$/.test(value) ? value : quoted(value)}`)
    }
    if (settings.length > 0) await session.queryAsync(`SET ${settings.join(', ')}`)
    if (bodyFile !== null) sql = readBodyFromFile(sql, bodyFile)
    const result = await session.queryAsync(sql, { format: url.searchParams.get('default_format') ?? 'TabSeparated' })
    response.writeHead(200, {
      'x-clickhouse-query-id': randomUUID(),
      'x-clickhouse-summary': '{}',
      'content-type': 'text/plain',
    })
    response.end(result.bytes ? Buffer.from(result.bytes()) : result.text())
  } finally {
    session.close()
    if (bodyFile !== null) rmSync(bodyFile, { force: true })
  }
}

/** A server reads inserted rows from the request's body; in process they come from a file. */
function readBodyFromFile(sql, path) {
  const format = /\sFORMAT\s+(\w+)\s*$/i.exec(sql)
  if (!format) return sql
  const statement = sql.slice(0, format.index)
  if (/\binput\('/.test(statement))
    return statement.replace(
      /\binput\('((?:[^'\\]|\\.)*)'\)/,
      (_all, structure) => `file(${quoted(path)}, '${format[1]}', '${structure}')`,
    )
  return `${statement} FROM INFILE ${quoted(path)} FORMAT ${format[1]}`
}

server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
