import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from './problems'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}
const compressible = /^(text|application)\/|svg/

type Asset = { type: string; etag: string; immutable: boolean; bytes: Buffer; encoded: Map<string, Buffer> }

/** The built page in `folder`, or null where it was not built. */
export type StaticPage = { assets: Map<string, Asset>; inlineScripts: string[] }

/**
 * Reads the built page once, a few megabytes: no path can lead out of the folder, and a build that replaces the files under
 * a running server breaks nothing until the next start.
 */
export function readStaticPage(folder: string): StaticPage | null {
  if (!existsSync(join(folder, 'index.html'))) return null
  const assets = new Map<string, Asset>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(folder, file).split(sep).join('/')}`
    const bytes = readFileSync(file)
    assets.set(path, {
      type: types[extname(file)] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      // The build names the files of this folder after their content.
      immutable: path.startsWith('/assets/'),
      bytes,
      encoded: new Map(),
    })
  }
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const inlineScripts = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]+?)<\/script>/g)].map(
    (match) =>
      `'sha256-${createHash('sha256')
        .update(match[1] ?? '')
        .digest('base64')}'`,
  )
  return { assets, inlineScripts }
}

/** Serves the page: its files as they are, and `index.html` for every other address, which the page's own router reads. */
export function staticPageRoutes(app: FastifyInstance, page: StaticPage | null): void {
  app.get('/*', { config: { public: true }, schema: { hide: true } }, (request, reply) => {
    const path = decodeURI(request.url.split('?', 1)[0] ?? '/')
    const belongsToServer = /^\/(api|v1|gateway|mcp|assets)(\/|$)/.test(path)
    const asset = page?.assets.get(path) ?? (belongsToServer ? undefined : page?.assets.get('/index.html'))
    if (asset) return send(request, reply, asset)
    if (!belongsToServer && !page) {
      return reply
        .code(503)
        .type('text/plain; charset=utf-8')
        .send(
          'The page is not built. Run `npm run build` and start again. The interface for programs is at /api/docs.\n',
        )
    }
    return sendProblem(request, reply, {
      status: 404,
      code: 'not_found',
      detail: `There is nothing at ${request.method} ${path}.`,
    })
  })
}

function send(request: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  reply
    .header('cache-control', asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    .header('etag', asset.etag)
    .header('vary', 'accept-encoding')
    .type(asset.type)
  if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = !compressible.test(asset.type)
    ? ''
    : /\bbr\b/.test(accepted)
      ? 'br'
      : /\bgzip\b/.test(accepted)
        ? 'gzip'
        : ''
  if (encoding) reply.header('content-encoding', encoding)
  let body = asset.encoded.get(encoding)
  if (!body) {
    // Once a file and encoding; the middle level costs milliseconds where the highest costs seconds for a few per cent.
    const { bytes } = asset
    body =
      encoding === 'br'
        ? brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
        : encoding === 'gzip'
          ? gzipSync(bytes, { level: 6 })
          : bytes
    asset.encoded.set(encoding, body)
  }
  return reply.send(body)
}
