/** The parts of ECharts that are used, in a chunk of their own: the first view does not wait for them. */
import { BarChart, CustomChart, LineChart, SankeyChart } from 'echarts/charts'
import { AriaComponent, AxisPointerComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { connect, type EChartsType, init, registerLocale, use } from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import langKO from 'echarts/lib/i18n/langKO.js'
import langRU from 'echarts/lib/i18n/langRU.js'
import { SVGRenderer } from 'echarts/renderers'

use([
  BarChart,
  LineChart,
  CustomChart,
  SankeyChart,
  GridComponent,
  TooltipComponent,
  AxisPointerComponent,
  AriaComponent,
  LabelLayout,
  SVGRenderer,
])
registerLocale('KO', langKO)
registerLocale('RU', langRU)

export type Chart = EChartsType

/** `group`: charts of one page that share the crosshair. */
export function draw(element: HTMLElement, locale: 'en' | 'ko' | 'ru', group?: string): Chart {
  const chart = init(element, null, { renderer: 'svg', locale: locale.toUpperCase() })
  if (group) {
    chart.group = group
    connect(group)
  }
  return chart
}
