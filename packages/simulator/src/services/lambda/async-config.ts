/** How asynchronous invocations of one qualifier are retried and where failures go. */
export interface EventInvokeConfig {
  /** 0 to 2; 2 unless set. */
  maximumRetryAttempts?: number;
  /** 60 to 21,600; six hours unless set. */
  maximumEventAgeSeconds?: number;
  onFailure?: string;
  onSuccess?: string;
  lastModified: Date;
}
