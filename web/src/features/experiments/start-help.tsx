import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { CopyButton, GuideLink, SegmentedControl } from '../../ui'
import { useExperimentsMessages } from './messages'

type Language = 'js' | 'python' | 'http'

/** How calls get the name of their experiment and run, and how a run says what it achieved. */
export function StartHelp() {
  const t = useExperimentsMessages().help
  const [language, setLanguage] = useState<Language>('js')
  const code = codeOf(language, window.location.origin)
  return (
    <div className="start-help">
      <p>{t.lead}</p>
      <SegmentedControl
        label={t.language}
        value={language}
        onChange={setLanguage}
        options={(['js', 'python', 'http'] as const).map((id) => ({ id, label: t[id] }))}
      />
      <p className="quiet">{t[`${language}Lead`]}</p>
      <div className="start-code">
        <CopyButton text={code} />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre tabIndex={0}>{code}</pre>
      </div>
      <p className="start-links">
        <span>
          {t.key} <Link to="/settings">{t.settings}</Link>
        </span>
        <GuideLink page="experiments">{t.guide}</GuideLink>
        <GuideLink page="telemetry">{t.telemetry}</GuideLink>
      </p>
    </div>
  )
}

function codeOf(language: Language, origin: string): string {
  if (language === 'js')
    return `import { InfraZen } from '@infrazen/sdk'
import OpenAI from 'openai'

const infrazen = new InfraZen({ url: '${origin}', apiKey: process.env.INFRAZEN_API_KEY })
const openai = infrazen.openai(new OpenAI())

await infrazen.run({ experiment: 'prompt-7' }, async (run) => {
  run.onCost(({ amounts }) => console.log(amounts))
  const accuracy = await evaluate(openai)
  await run.report('accuracy', accuracy)
})`
  if (language === 'python')
    return `# pip install opentelemetry-distro opentelemetry-exporter-otlp opentelemetry-instrumentation-openai-v2
# export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}
# export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
# export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer izk_…"
# export OTEL_RESOURCE_ATTRIBUTES="infrazen.experiment=prompt-7,infrazen.run=night-1"
# opentelemetry-instrument python evaluate.py

import os, requests

accuracy = evaluate()
requests.put(
    "${origin}/api/v1/runs/night-1",
    headers={"Authorization": f"Bearer {os.environ['INFRAZEN_API_KEY']}"},
    json={"experiment": "prompt-7", "values": {"accuracy": str(accuracy)}},
).raise_for_status()`
  return `# on every span: infrazen.experiment = prompt-7, infrazen.run = night-1

curl -X PUT ${origin}/api/v1/runs/night-1 \\
  -H "authorization: Bearer izk_…" -H "content-type: application/json" \\
  -d '{ "experiment": "prompt-7", "endedAt": "${new Date().toISOString().slice(0, 19)}Z",
        "values": { "accuracy": "0.91", "tickets_solved": "184" } }'`
}
