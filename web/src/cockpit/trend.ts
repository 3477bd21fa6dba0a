/** The curve of reports and closes, day by day. */

import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { palette } from "../map/tokens";

use([LineChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export type Day = [string, number, number]; // day, reported, closed
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

let node: HTMLElement | undefined;
let chart: EChartsType | undefined;

/** Draw, or draw again; the drawing is kept when the panel around it was renewed. */
export function draw(days: Day[], names: [string, string]): void {
  const host = document.getElementById("trend");
  if (host === null) return;
  if (node === undefined) {
    node = document.createElement("div");
    node.className = "trend-drawing";
  }
  if (!host.contains(node)) host.append(node);
  if (chart === undefined) {
    chart = init(node, undefined, { renderer: "svg" });
    new ResizeObserver(() => chart?.resize()).observe(node);
  }
  chart.resize();
  chart.setOption(option(days, names, host));
}

function option(days: Day[], names: [string, string], host: Element): EChartsCoreOption {
  const colours = palette(host);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const label = { color: colours.soft, fontSize: rem * 0.85 };
  const line = (name: string, at: 1 | 2, colour: string) => ({
    name,
    type: "line",
    data: days.map((day) => day[at]),
    showSymbol: false,
    smooth: 0.25,
    lineStyle: { width: rem * 0.17, color: colour, type: at === 1 ? "solid" : "dashed" },
    itemStyle: { color: colour },
    areaStyle: at === 1 ? { color: colour, opacity: 0.12 } : undefined,
  });
  return {
    animation: !STILL.matches,
    animationDurationUpdate: 400,
    grid: { left: rem * 2.2, right: rem * 0.6, top: rem * 1.9, bottom: rem * 1.6 },
    legend: { top: 0, right: 0, textStyle: { ...label, fontSize: rem }, itemHeight: rem * 0.6 },
    tooltip: { trigger: "axis", confine: true },
    xAxis: {
      type: "category",
      data: days.map(([day]) => day.slice(5)),
      boundaryGap: false,
      axisLabel: { ...label, hideOverlap: true },
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      axisLabel: label,
      splitNumber: 3,
      splitLine: { lineStyle: { color: colours.line, opacity: 0.6 } },
    },
    series: [line(names[0], 1, colours.brand), line(names[1], 2, colours.tones.green)],
  };
}
