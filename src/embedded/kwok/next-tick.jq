# Seconds until a kubelet would look at this pod again, or null when nothing would change by itself.
# Back-offs keep a kubelet's shape (growing, bounded) on a shorter scale.
def statuses: (.status.initContainerStatuses // []) + (.status.containerStatuses // []);
def image($name): first(((.spec.initContainers // []) + .spec.containers)[] | select(.name == $name)) | .image;
def job: any(.metadata.ownerReferences[]?; .kind == "Job");
def smallest($a; $b): if $a < $b then $a else $b end;
def largest($a; $b): if $a > $b then $a else $b end;

. as $pod
| if .metadata.deletionTimestamp != null or .status.phase == "Succeeded" or .status.phase == "Failed" then null
  elif .status.startTime == null then 0
  else
    (now - (.status.startTime | fromdateiso8601)) as $age
    | [ statuses[]
        | (.state.waiting.reason // "") as $reason
        | .name as $name
        | ($pod | image($name)) as $image
        | if $image != .image then 0
          elif $reason == "ErrImagePull" then 1
          elif $reason == "ImagePullBackOff" then smallest(largest($age / 2; 1); 30)
          elif $reason == "RunContainerError" then 0.5
          elif (.state.terminated.exitCode // 0) != 0 then 0.5
          elif $reason == "CrashLoopBackOff" then smallest(pow(2; .restartCount); 30)
          elif .state.running != null and ($image | test(":([\\w.-]*-)?flap$")) then 1
          elif .state.running != null and ($pod | job) then 1
          else empty
          end ]
    | min
  end
