// Takes pictures of a page for comparison with the design: node web/dev/shoot.mjs OUT PATH [WIDTH] [light|dark] [en|ko|ru] [HEIGHT]
import { chromium } from 'playwright-core'

const [out = 'shot.png', path = '/overview', width = '1440', theme = 'light', lang = 'en', height = '900'] =
  process.argv.slice(2)
const base = process.env.BASE ?? 'http://127.0.0.1:4174'
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
})
const context = await browser.newContext({
  viewport: { width: Number(width), height: Number(height) },
  colorScheme: theme,
  reducedMotion: 'reduce',
})
const page = await context.newPage()
page.on(
  'console',
  (message) =>
    ['error', 'warning'].includes(message.type()) && console.log(message.type(), message.text().slice(0, 300)),
)
page.on('pageerror', (error) => console.log('pageerror', error.message))
page.on(
  'response',
  (response) => response.status() >= 400 && console.log(response.status(), response.request().method(), response.url()),
)
const session = await (await context.request.get(`${base}/api/v1/session`)).json()
if (session.state === 'signed_out' && !process.env.ANONYMOUS) {
  const credentials = session.demo ?? { email: process.env.EMAIL, password: process.env.PASSWORD }
  const answer = await context.request.post(`${base}/api/v1/session`, { data: credentials, headers: { origin: base } })
  if (!answer.ok()) console.log('sign-in', answer.status(), await answer.text())
}
await page.goto(`${base}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`)
await page.waitForTimeout(Number(process.env.WAIT ?? 5000))
if (process.env.CLICK) {
  await page.click(process.env.CLICK)
  await page.waitForTimeout(1500)
}
if (process.env.AXE) {
  const { AxeBuilder } = await import('@axe-core/playwright')
  const result = await new AxeBuilder({ page }).analyze()
  for (const violation of result.violations)
    console.log(
      violation.impact,
      violation.id,
      violation.nodes.length,
      violation.nodes[0].html.slice(0, 160),
      violation.nodes[0].failureSummary?.slice(0, 200),
    )
}
console.log(
  'overflow',
  await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
)
await page.screenshot({ path: out, fullPage: !process.env.FOLD })
await browser.close()
