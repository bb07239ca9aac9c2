import { expect, test } from 'vitest'
import { VARIABLES } from './config.ts'
import { meantBy } from './mistyped.ts'

const KNOWN = Object.keys(VARIABLES)

test.each([
  ['KAFKA_BROKER', 'KAFKA_BROKERS'],
  ['KAFKA_BORKERS', 'KAFKA_BROKERS'],
  ['KAFKA_BROKERS_LIST', 'KAFKA_BROKERS'],
  ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BROKERS'],
  ['KAFKA_SASL_PASSWORD', 'KAFKA_PASSWORD'],
  ['KAFKA_SASL_USERNAME', 'KAFKA_USERNAME'],
  ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL'],
  ['KAFKA_PASWORD', 'KAFKA_PASSWORD'],
  ['KAFKA_USER', 'KAFKA_USERNAME'],
  ['KAFKA_SSL', 'KAFKA_TLS'],
  ['KAFKA_SSL_CA_FILE', 'KAFKA_CA_FILE'],
  ['KAFKA_CA', 'KAFKA_CA_FILE'],
  ['KAFKA_TLS_CERT', 'KAFKA_CERT_FILE'],
  ['WR_TTL_MAXX', 'WR_TTL_MAX'],
  ['WR_LOGLEVEL', 'WR_LOG_LEVEL'],
])('%s means %s', (name, meant) => {
  expect(meantBy(name, KNOWN)).toBe(meant)
})

// Of the scripts and images of Kafka, and of what a cluster tells its containers of a service called kafka.
test.each([
  'KAFKA_OPTS',
  'KAFKA_HEAP_OPTS',
  'KAFKA_JMX_OPTS',
  'KAFKA_JMX_PORT',
  'KAFKA_LOG4J_OPTS',
  'KAFKA_GC_LOG_OPTS',
  'KAFKA_JVM_PERFORMANCE_OPTS',
  'KAFKA_DEBUG',
  'KAFKA_HOME',
  'KAFKA_ACL',
  'KAFKA_URL',
  'KAFKA_VERSION',
  'KAFKA_NODE_ID',
  'KAFKA_BROKER_ID',
  'KAFKA_CLUSTER_ID',
  'KAFKA_LISTENERS',
  'KAFKA_ADVERTISED_LISTENERS',
  'KAFKA_PROCESS_ROLES',
  'KAFKA_LOG_DIRS',
  'KAFKA_PORT',
  'KAFKA_PORT_9092_TCP',
  'KAFKA_PORT_9092_TCP_ADDR',
  'KAFKA_SERVICE_HOST',
  'KAFKA_SERVICE_PORT',
])('%s means none', (name) => {
  expect(meantBy(name, KNOWN)).toBeUndefined()
})
