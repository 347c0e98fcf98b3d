/*
 * prom-client by its parts: its index also loads a gateway client, clusters and, for exemplars that nobody asks for, the
 * whole of OpenTelemetry, which together take more memory than 5,000 Callbots.
 */
export { default as Counter } from 'prom-client/lib/counter.js'
export { default as Gauge } from 'prom-client/lib/gauge.js'
export { default as Histogram } from 'prom-client/lib/histogram.js'
export { default as Registry } from 'prom-client/lib/registry.js'
