/** Does nothing: its event-loop delay is the machine's share in everybody's. */
setInterval(() => {}, 1_000)
