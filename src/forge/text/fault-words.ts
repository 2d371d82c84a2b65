import type { FaultReason } from '#src/domain/fault.ts'

/** What each reason means, for a reviewer who does not know them by heart. */
export const FAULT_WORDS = {
  ErrImagePull: 'its image cannot be pulled',
  ImagePullBackOff: 'its image cannot be pulled',
  InvalidImageName: 'its image name is not valid',
  CreateContainerConfigError: 'it refers to configuration that does not exist',
  CreateContainerError: 'it cannot be created',
  RunContainerError: 'it cannot be started',
  CrashLoopBackOff: 'it keeps exiting after it was started',
} as const satisfies Record<FaultReason, string>
