import { Link } from '@tanstack/react-router'
import { Card, CopyButton, GuideLink } from '../../ui'
import { useDataMessages } from './messages'

/** How an application reports its calls: the two lines that every OpenTelemetry exporter reads. */
export function OtlpHelp() {
  const t = useDataMessages()
  const snippet = [
    `OTEL_EXPORTER_OTLP_ENDPOINT=${window.location.origin}`,
    'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    'OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20izk_…',
  ].join('\n')
  return (
    <Card title={t.otlp.title}>
      <p className="muted">{t.otlp.text}</p>
      <div className="snippet">
        <div className="snippet-head">
          <span className="quiet">{t.otlp.snippet}</span>
          <CopyButton text={snippet} />
        </div>
        <pre className="snippet-lines">{snippet}</pre>
      </div>
      <p className="snippet-links">
        <span>
          {t.otlp.key}: <Link to="/settings">{t.otlp.keyHint}</Link>
        </span>
        <GuideLink page="first-telemetry">{t.otlp.guide}</GuideLink>
      </p>
    </Card>
  )
}
