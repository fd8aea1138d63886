/**
 * Ends this process when the launcher that started it is killed outright (`kill -9`), which no signal handler of the
 * launcher can pass on: the channel between the two breaks instead. Whoever kills the process they started has then
 * killed the engine too, as suddenly, and its home is free for the next one.
 */
export function followLauncher(self: NodeJS.Process): void {
  if (self.channel === undefined || self.channel === null) return
  self.once('disconnect', () => self.kill(self.pid, 'SIGKILL'))
  // Listening keeps the event loop alive; the command decides when to end, not the channel.
  self.channel.unref()
}
