#!/usr/bin/env node
// Proves the directions of docs/architecture.md: front doors only, no loops between modules, packages that know nothing of
// the server, a page that knows the server's contracts alone. Prints each violation with the rule it breaks.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const importPattern =
  /(?:^|[;\n])\s*(import|export)\s+(type\s+)?([\w*{][^'"`;]*?\s+from\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g

/** @returns {{ file: string, line: number, target: string, rule: string }[]} */
export function findViolations(root) {
  const violations = []
  const moduleGraph = new Map()
  for (const file of sourcesOf(root)) {
    for (const { target, typeOnly, line } of importsOf(root, file)) {
      const rule = brokenRule(file, target, typeOnly)
      if (rule) violations.push({ file, line, target, rule })
      const from = moduleOf(file)
      const to = moduleOf(target)
      if (from && to && from !== to && !isTest(file)) {
        if (!moduleGraph.has(from)) moduleGraph.set(from, new Map())
        moduleGraph.get(from).set(to, { file, line })
      }
    }
  }
  for (const loop of loopsOf(moduleGraph)) {
    const { file, line } = moduleGraph.get(loop[0]).get(loop[1])
    violations.push({ file, line, target: loop.join(' → '), rule: 'modules form no loop' })
  }
  return violations
}

function brokenRule(file, target, typeOnly) {
  const internal = !target.startsWith('package:')
  if (
    file.startsWith('server/src/primitives/') &&
    !isTest(file) &&
    !(internal && target.startsWith('server/src/primitives/'))
  ) {
    if (!(target.startsWith('package:node:') || builtinModules.includes(target.slice('package:'.length))))
      return 'primitives import nothing'
    if (/node:(fs|net|http|child_process|worker_threads|dgram)/.test(target)) return 'primitives do no input or output'
  }
  if (file.startsWith('server/src/')) {
    const to = moduleOf(target)
    const from = moduleOf(file)
    if (
      to &&
      to !== from &&
      target !== `server/src/modules/${to}/index` &&
      target !== `server/src/modules/${to}/contract` &&
      !(isTest(file) && isTest(`${target}.ts`))
    )
      return 'modules are entered by their index.ts'
    if (to && to !== from && target.endsWith('/contract') && from && !file.endsWith('/contract.ts') && !typeOnly) {
      return 'of another module only its index.ts; its contract.ts only from a contract.ts, or as types'
    }
    if (file.startsWith('server/src/storage/') && internal && !/^server\/src\/(storage|primitives)\//.test(target))
      return 'storage knows primitives alone'
    if (
      from &&
      internal &&
      /^server\/src\/(http|jobs|config|cli|sample|app|main|demo)(\/|$)/.test(target) &&
      !isTest(file) &&
      target !== 'server/src/http/index'
    ) {
      return 'modules know modules, storage, primitives and the front door of http'
    }
    if (from === 'ledger' && to && to !== 'ledger' && !isTest(file)) return 'ledger is at the bottom of the modules'
    if (target.startsWith('web/')) return 'the server does not know the page'
    if (/^package:@infrazen\/connector-(?!kit)/.test(target) && file !== 'server/src/app.ts' && !isTest(file))
      return 'connectors are handed in by app.ts'
  }
  if (file.startsWith('connectors/')) {
    const own = file.split('/').slice(0, 2).join('/')
    if (internal && !target.startsWith(`${own}/`)) return 'a connector is a package of its own'
    if (target.startsWith('package:@infrazen/') && !/^package:@infrazen\/connector-kit(\/(testing|s3))?$/.test(target))
      return 'connectors import only the kit'
    if (own === 'connectors/kit' && target.startsWith('package:@infrazen/')) return 'the kit knows nobody'
  }
  if (file.startsWith('packages/')) {
    const own = file.split('/').slice(0, 2).join('/')
    if (internal && !target.startsWith(`${own}/`)) return 'a package is usable on its own'
    if (target.startsWith('package:@infrazen/') && !(own === 'packages/sdk' && target === 'package:@infrazen/ai-cost'))
      return 'packages do not know one another; the SDK alone prices through ai-cost'
  }
  if (file.startsWith('web/src/')) {
    if (target.startsWith('server/') && !/^server\/src\/modules\/[^/]+\/contract$/.test(target))
      return 'the page knows the contract.ts of modules alone'
    if (target.startsWith('server/') && !typeOnly) return 'the page takes types alone from a contract.ts'
    if (target.startsWith('package:@infrazen/') || (internal && /^(packages|connectors|tools)\//.test(target)))
      return 'the page knows the server by its contracts alone'
    const to = featureOf(target)
    const from = featureOf(file)
    if (to && to !== from && target !== `web/src/features/${to}/index`) return 'features are entered by their index.ts'
    if (to && from && to !== from) return 'features meet in the app alone'
    if (/^web\/src\/(ui|api|i18n)\//.test(file) && to) return 'ui, api and i18n know no feature'
  }
  return null
}

function importsOf(root, file) {
  const text = readFileSync(join(root, file), 'utf8')
  const found = []
  for (const match of text.matchAll(importPattern)) {
    const specifier = match[4] ?? match[5]
    if (!specifier) continue
    const names = match[3] ?? ''
    // `import { type A, type B }` is erased like `import type { A, B }`.
    const everyNameIsType =
      /^\{/.test(names) &&
      names
        .replace(/^\{|\}\s*from\s*$/g, '')
        .split(',')
        .every((name) => name.trim() === '' || name.trim().startsWith('type '))
    found.push({
      target: resolve(root, file, specifier),
      typeOnly: Boolean(match[2]) || everyNameIsType,
      line: text.slice(0, match.index + match[0].search(/\S/)).split('\n').length,
    })
  }
  return found
}

/** A path from the root without its extension, or `package:<name>`. */
function resolve(root, file, specifier) {
  const bare = specifier.split('?', 1)[0]
  if (bare.startsWith('@server/')) return bare.replace('@server/', 'server/src/').replace(/\.tsx?$/, '')
  if (!bare.startsWith('.')) return `package:${bare}`
  const path = posix.normalize(posix.join(posix.dirname(file), bare)).replace(/\.(tsx?|mjs)$/, '')
  const isFolder = !['.ts', '.tsx', '.mjs', '.json', '.sql', ''].some(
    (end) => end && existsSync(join(root, path + end)),
  )
  return isFolder && existsSync(join(root, path, 'index.ts')) ? posix.join(path, 'index') : path
}

const moduleOf = (path) => /^server\/src\/modules\/([^/]+)\//.exec(path)?.[1] ?? null
const featureOf = (path) => /^web\/src\/features\/([^/]+)\//.exec(path)?.[1] ?? null
const isTest = (file) => /\.(test|fixture)\.tsx?$|-fixture\.ts$/.test(file)

function loopsOf(graph) {
  const loops = []
  const done = new Set()
  const visit = (node, path) => {
    const at = path.indexOf(node)
    if (at >= 0) {
      loops.push([...path.slice(at), node])
      return
    }
    if (done.has(node)) return
    for (const next of graph.get(node)?.keys() ?? []) visit(next, [...path, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return loops
}

function sourcesOf(root) {
  const files = []
  const add = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (/^(node_modules|dist|fixtures)$/.test(entry.name)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) add(path)
      else if (/\.tsx?$/.test(entry.name)) files.push(relative(root, path).split(sep).join('/'))
    }
  }
  for (const folder of ['server/src', 'web/src', 'packages', 'connectors'])
    if (existsSync(join(root, folder))) add(join(root, folder))
  return files
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = findViolations(dirname(dirname(fileURLToPath(import.meta.url))))
  for (const { file, line, target, rule } of violations) console.error(`${file}:${line}  ${rule}: ${target}`)
  if (violations.length > 0) process.exit(1)
  console.log('boundaries: every import keeps its direction')
}
