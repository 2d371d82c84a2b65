import { sharedGitea } from '../../servers/shared.ts'
import { pullRequestsContract } from '../contract.ts'
import { openGiteaRig } from './gitea-rig.ts'

const gitea = await sharedGitea()

pullRequestsContract('gitea', () => openGiteaRig(gitea))
