/** Files that cloud-init writes at the first boot of an instance, by path. Cloud-config written as JSON is understood; any other user data does nothing here. */
export function cloudInitFiles(userData = ""): Map<string, string> {
  const [heading, ...lines] = userData.split("\n");
  if (heading?.trim() !== "#cloud-config") return new Map();
  const { write_files = [] } = JSON.parse(lines.join("\n")) as { write_files?: { path: string; content: string }[] };
  return new Map(write_files.map(({ path, content }) => [path, content]));
}
