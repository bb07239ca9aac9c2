// Loaded into the gateway under test with `--import`: an SDK of OpenTelemetry, that prints what it is told when it is asked to flush.

import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'

/** Never by itself while a test lasts, in milliseconds. */
const scheduledDelayMillis = 3_600_000

const exporter: SpanExporter = {
  export(spans, done) {
    for (const { name, attributes, events, links, status, parentSpanContext, resource, duration } of spans)
      process.stdout.write(
        `${JSON.stringify({
          span: name,
          attributes,
          hasParent: parentSpanContext !== undefined,
          seconds: duration[0] + duration[1] / 1e9,
          beside: { events, links, status, resource: resource.attributes },
        })}\n`,
      )
    done({ code: 0 })
  },
  shutdown: async () => undefined,
}

trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis })] }),
)
