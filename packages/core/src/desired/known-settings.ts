/** How a setting takes what is written: the last value, all values in order, a yes or no, or nobody has said. */
type Takes = "one" | "many" | "flag" | "unsure";

/**
 * The settings of Package Manager whose names are confirmed by Posit's pages or configuration files; no other is ever written.
 * Sources: Posit Package Manager Admin Guide, pages "Configuration", "Networking", "Database", "Configuration Encryption",
 * "AWS Simple Cloud Storage Service (S3)", "Storage Classes", "Operational Metrics", "Proxy", "Licensing" and "Logs";
 * rstudio/rstudio-docker-products, package-manager/rstudio-pm.gcfg; posit-dev/team-operator, package_manager_config.go.
 */
export const KNOWN_SETTINGS = {
  "Server.Address": "one",
  "Server.DataDir": "one",
  "Server.EncryptionKeyPath": "one",
  "Server.RVersion": "many",
  /** Posit's own files set one; whether it takes several like RVersion is not said. */
  "Server.PythonVersion": "unsure",
  "Server.LauncherDir": "one",
  "Server.AccessLog": "one",
  "Server.AccessLogFormat": "one",
  "Server.ServiceLog": "one",
  "Server.SockFileDir": "one",
  "HTTP.Listen": "one",
  "HTTPS.Listen": "one",
  "HTTPS.Certificate": "one",
  "HTTPS.Key": "one",
  "HTTPS.Permanent": "flag",
  "HTTPS.MinimumTLS": "one",
  "HTTPRedirect.Listen": "one",
  "Database.Provider": "one",
  "Database.ConnectionTimeout": "one",
  "SQLite.Dir": "one",
  "Postgres.URL": "one",
  "Postgres.Password": "one",
  "Postgres.UsageDataURL": "one",
  "Postgres.UsageDataPassword": "one",
  "Storage.Default": "one",
  "Storage.Persistent": "one",
  "Storage.Cache": "one",
  "S3Storage.Bucket": "one",
  "S3Storage.Prefix": "one",
  "S3Storage.Region": "one",
  "Metrics.Enabled": "flag",
  "Metrics.Listen": "one",
  "CRAN.SyncSchedule": "one",
  "PyPI.SyncSchedule": "one",
  "Bioconductor.SyncSchedule": "one",
  "Git.PollInterval": "one",
  "Git.BuildRetries": "one",
  "Git.AllowUnsandboxedGitBuilds": "flag",
  "Licensing.LicenseType": "one",
  "Proxy.URL": "one",
  "Proxy.User": "one",
  "Proxy.Password": "one",
  "Manifest.Password": "one",
  "OpenIDConnect.Issuer": "one",
  "OpenIDConnect.ClientId": "one",
  "OpenIDConnect.ClientSecret": "one",
  "Debug.Log": "many",
} as const satisfies Record<`${string}.${string}`, Takes>;

/** `Section.Key`, spelled as Posit spells it. */
export type SettingName = keyof typeof KNOWN_SETTINGS;

const NAMES = Object.keys(KNOWN_SETTINGS) as SettingName[];
const byFolded = new Map(NAMES.map((name) => [name.toLowerCase(), name]));

/** The known setting of this section and key, in any case. */
export const settingNamed = (section: string, key: string): SettingName | undefined => byFolded.get(`${section}.${key}`.toLowerCase());

/** How a setting takes repeated values; a setting that is not known is unsure. */
export const takes = (name: SettingName | undefined): Takes => (name === undefined ? "unsure" : KNOWN_SETTINGS[name]);
