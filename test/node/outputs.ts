/** What programs of a node that is well say, by the beginning of their command lines. */
export const OUTPUTS: [string, string][] = [
  ["dpkg-query", "2026.08.0"],
  ["apt-mark", "rstudio-pm\n"],
  [
    "/opt/rstudio-pm/bin/license-manager status",
    "-- License file status --\n\nStatus: Activated\nProduct-Key: XXXX\nDays-Left: 204\n\n-- Local license status --\n\nStatus: Expired\n",
  ],
  ["chronyc", "A9FEA97B,169.254.169.123,4,1767603600.1,0.000012,-0.000003,0.00001,1.5,0.0,0.01,0.0005,0.0003,16.1,Normal\n"],
  ["df", "Mounted on            Use% IUse%\n/                      12%    3%\n/var/lib/rstudio-pm    40%     -\n"],
  ["/opt/rstudio-pm/bin/rspm cluster nodes", '[{"hostname":"i-0123456789abcdef0"},{"hostname":"i-0fedcba9876543210"}]'],
];
