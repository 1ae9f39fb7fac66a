{{/* Puts the values under the ids that policies have: one that was renamed goes by the ids that it had, too. What was put right is
     in `renamed`, for the notes. */}}
{{- define "plimsoll.putRight" -}}
{{- $own := default dict .Values.settings.policies -}}
{{- range $id, $policy := .Files.Get "files/policies.yaml" | fromYaml -}}
  {{- range $old := $policy.renamedFrom -}}
    {{- if or (has $old $.Values.policies) (hasKey $own $old) -}}
      {{- $note := printf "%s was renamed to %s" $old $id -}}
      {{- $_ := set $.Values "renamed" (append (default list $.Values.renamed) $note) -}}
    {{- end -}}
    {{- if has $old $.Values.policies -}}
      {{- $_ := set $.Values "policies" (append (without $.Values.policies $old) $id | uniq) -}}
    {{- end -}}
    {{- if hasKey $own $old -}}
      {{- if hasKey $own $id -}}
        {{- fail (printf "settings.policies.%s was renamed to %s, which has an entry, too" $old $id) -}}
      {{- end -}}
      {{- $_ := set $own $id (get $own $old) -}}
      {{- $_ := unset $own $old -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* The chosen policies with what the chart knows about them, as YAML: those that are named, else those of the profile; `enabled`
     in a policy's settings wins. */}}
{{- define "plimsoll.chosen" -}}
{{- include "plimsoll.putRight" . -}}
{{- $all := .Files.Get "files/policies.yaml" | fromYaml -}}
{{- $own := default dict .Values.settings.policies -}}
{{- $chosen := dict -}}
{{- range $id, $policy := $all -}}
  {{- $on := ternary (has $id $.Values.policies) (has $.Values.profile $policy.profiles) (gt (len $.Values.policies) 0) -}}
  {{- $settings := default dict (get $own $id) -}}
  {{- if hasKey $settings "enabled" -}}
    {{- $on = $settings.enabled -}}
  {{- end -}}
  {{- if $on -}}
    {{- $_ := set $chosen $id $policy -}}
  {{- end -}}
{{- end -}}
{{- if not $chosen -}}
  {{- fail "no policy is chosen" -}}
{{- end -}}
{{- toYaml $chosen -}}
{{- end -}}

{{/* Whether settings fix anything, which a policy has to be allowed. */}}
{{- define "plimsoll.mutates" -}}
{{- $fixes := eq (default "" .onViolation) "fix" -}}
{{- range $id, $policy := default dict .policies -}}
  {{- if eq (default "" $policy.onViolation) "fix" -}}{{- $fixes = true -}}{{- end -}}
{{- end -}}
{{- $fixes -}}
{{- end -}}

{{/* The rules of several policies as one list, with each resource once for its operations. */}}
{{- define "plimsoll.rules" -}}
{{- $rules := dict -}}
{{- range $id, $policy := . -}}
  {{- range $policy.rules -}}
    {{- $key := printf "%s %s %s" (join "," .apiGroups) (join "," .apiVersions) (join "," .operations) -}}
    {{- $known := default (dict "apiGroups" .apiGroups "apiVersions" .apiVersions "resources" list "operations" .operations) (get $rules $key) -}}
    {{- $_ := set $known "resources" (concat $known.resources .resources | uniq | sortAlpha) -}}
    {{- $_ := set $rules $key $known -}}
  {{- end -}}
{{- end -}}
{{- $list := list -}}
{{- range keys $rules | sortAlpha -}}
  {{- $list = append $list (get $rules .) -}}
{{- end -}}
{{- toYaml $list -}}
{{- end -}}

{{/* What is the same in the policy of every module. */}}
{{- define "plimsoll.spec" -}}
policyServer: {{ .Values.policyServer.name }}
mode: {{ .Values.mode }}
backgroundAudit: {{ .Values.backgroundAudit }}
failurePolicy: {{ .Values.failurePolicy }}
timeoutSeconds: {{ .Values.timeoutSeconds }}
{{- with .Values.excludedNamespaces }}
namespaceSelector:
  matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "plimsoll.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: plimsoll
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
