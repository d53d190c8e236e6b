/** `09:10:05`: the world's time, UTC. */
export const timeOfDay = (at: Date): string => at.toISOString().slice(11, 19);

/** `1:05` or `1:02:03`: how long from one moment to another. */
export function elapsed(from: Date, to: Date): string {
  const total = Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

export const count = (value: number): string => value.toLocaleString("en-US");
