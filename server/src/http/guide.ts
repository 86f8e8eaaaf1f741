import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { Marked } from 'marked'
import { notFound } from '../primitives/errors'

const locales = ['en', 'ko', 'ru'] as const
type Locale = (typeof locales)[number]
const titles: Record<Locale, string> = {
  en: 'InfraZen user guide',
  ko: 'InfraZen 사용자 안내서',
  ru: 'Руководство InfraZen',
}
const back: Record<Locale, string> = { en: 'Back to InfraZen', ko: 'InfraZen으로 돌아가기', ru: 'Назад в InfraZen' }

/** The user guide as pages: `/guide/{en|ko|ru}` and `/guide/{en|ko|ru}/{page}`, from the Markdown in `folder`. */
export function guideRoutes(app: FastifyInstance, folder: string): void {
  const pages = readGuide(folder)
  const answer = (locale: string, name: string) => {
    const page = pages.get(`${locale}/${name}`)
    if (!page) throw notFound('guide_page_not_found', 'The guide has no such page. Its first page is /guide/en.')
    return page
  }
  app.get<{ Params: { locale: string } }>(
    '/guide/:locale',
    { config: { public: true }, schema: { hide: true } },
    (request, reply) => reply.type('text/html; charset=utf-8').send(answer(request.params.locale, 'README')),
  )
  app.get<{ Params: { locale: string; page: string } }>(
    '/guide/:locale/:page',
    { config: { public: true }, schema: { hide: true } },
    (request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .send(answer(request.params.locale, request.params.page.replace(/\.md$/, ''))),
  )
}

function readGuide(folder: string): Map<string, string> {
  const pages = new Map<string, string>()
  for (const locale of locales) {
    const own = join(folder, locale)
    if (!existsSync(own)) continue
    for (const file of readdirSync(own).filter((name) => name.endsWith('.md'))) {
      const name = file.slice(0, -3)
      pages.set(`${locale}/${name}`, asPage(locale, name, readFileSync(join(own, file), 'utf8')))
    }
  }
  return pages
}

function asPage(locale: Locale, name: string, markdown: string): string {
  const marked = new Marked({
    gfm: true,
    walkTokens(token) {
      // Pages of the guide link to one another as files; here they are addresses.
      if (token.type !== 'link') return
      const file = /^(?:\.\.\/(en|ko|ru)\/|\.\/)?([\w-]+)\.md(#.*)?$/.exec(token.href as string)
      if (file) token.href = `/guide/${file[1] ?? locale}${file[2] === 'README' ? '' : `/${file[2]}`}${file[3] ?? ''}`
    },
  })
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? titles[locale]
  const others = locales
    .map(
      (other) =>
        `<a href="/guide/${other}${name === 'README' ? '' : `/${name}`}"${other === locale ? ' aria-current="true"' : ''}>${other.toUpperCase()}</a>`,
    )
    .join(' ')
  return `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${asText(title)} – InfraZen</title><style>${style}</style></head>
<body><header><a href="/">← ${back[locale]}</a><nav><a href="/guide/${locale}">${titles[locale]}</a> ${others}</nav></header><main>${marked.parse(markdown, { async: false })}</main></body></html>`
}

const asText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const style = `:root{color-scheme:light dark;--text:#161a22;--second:#475062;--line:#e3e6eb;--sunk:#f4f5f8;--accent:#474bd1;--canvas:#fff}
@media(prefers-color-scheme:dark){:root{--text:#ebeef3;--second:#b3bbc8;--line:#272c36;--sunk:#1a1e26;--accent:#a3a8ff;--canvas:#0e1116}}
body{margin:0;background:var(--canvas);color:var(--text);font:16px/1.65 "Inter Variable",Inter,Pretendard,"Pretendard Variable",system-ui,sans-serif;word-break:keep-all;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;gap:8px 24px;justify-content:space-between;padding:12px 24px;border-bottom:1px solid var(--line);font-size:14px}
nav a{margin-left:12px}a[aria-current]{color:var(--second);text-decoration:none}a{color:var(--accent)}
main{max-width:720px;margin:0 auto;padding:24px}h1{font-size:28px;line-height:36px}h2{font-size:20px;line-height:28px;margin-top:32px}
pre,code{background:var(--sunk);border-radius:6px;font:13px/20px ui-monospace,monospace}code{padding:1px 4px}pre{padding:12px 16px;overflow-x:auto}pre code{padding:0}
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{border-bottom:1px solid var(--line);padding:6px 12px;text-align:left;vertical-align:top}`
