import { sharedGitea } from '../../servers/shared.ts'
import { pullRequestsContract } from '../contract.ts'
import { openGiteaRig } from '../gitea/gitea-rig.ts'

const gitea = await sharedGitea()

pullRequestsContract('github on Gitea', () => openGiteaRig(gitea, 'github'))
