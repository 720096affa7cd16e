{{/* Name of all objects. A StatefulSet adds 11 characters in a label of its pods, which has 63 at most. */}}
{{- define "mtlsprobe.fullname" -}}
{{- $release := ternary .Release.Name (printf "%s-mtlsprobe" .Release.Name) (contains "mtlsprobe" .Release.Name) -}}
{{- .Values.fullnameOverride | default $release | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "mtlsprobe.selector" -}}
app.kubernetes.io/name: mtlsprobe
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "mtlsprobe.labels" -}}
{{ include "mtlsprobe.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "mtlsprobe.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end }}

{{/* Not empty if there is more than one shard. */}}
{{- define "mtlsprobe.sharded" -}}
{{- if gt (int .Values.shards) 1 }}true{{ end -}}
{{- end }}

{{/* Shards have a Service of their own, without a cluster IP, because that cannot be changed in an existing Service. */}}
{{- define "mtlsprobe.service" -}}
{{ include "mtlsprobe.fullname" . }}{{ if include "mtlsprobe.sharded" . }}-shards{{ end }}
{{- end }}

{{/* Arguments of healthcheck, the same for both probes of the kubelet: a server that requires a client certificate requires it for both. */}}
{{- define "mtlsprobe.healthcheckArgs" -}}
- --web.config.file=/etc/mtlsprobe-web/web.yml
{{- range .Values.web.healthcheckArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{- define "mtlsprobe.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "mtlsprobe.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end }}

{{/* Not empty if roles are granted. */}}
{{- define "mtlsprobe.grantsRoles" -}}
{{- with .Values.rbac }}{{ if or .identities .inventory.namespaces .discovery.roles }}true{{ end }}{{ end -}}
{{- end }}

{{/* Not empty if the pods call the API server. */}}
{{- define "mtlsprobe.usesApiServer" -}}
{{- if or (include "mtlsprobe.grantsRoles" .) .Values.serviceAccount.mountToken }}true{{ end -}}
{{- end }}

{{/*
A role and its binding to the service account: root, purpose, namespace (empty: a ClusterRole) and rules. Its name has the namespace of the release,
because a release of the same name in another namespace may grant something in the same place.
*/}}
{{- define "mtlsprobe.grant" -}}
{{- $kind := ternary "Role" "ClusterRole" (ne .namespace "") -}}
{{- $name := printf "%s:%s:%s" .root.Release.Namespace (include "mtlsprobe.fullname" .root) .purpose -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "mtlsprobe.labels" .root | nindent 4 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "mtlsprobe.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "mtlsprobe.serviceAccount" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}

{{/* Specification of a claim for the storage. */}}
{{- define "mtlsprobe.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .Values.storage.storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests: { storage: {{ .Values.storage.size }} }
{{- end }}
