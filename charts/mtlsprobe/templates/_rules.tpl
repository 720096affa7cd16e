{{/* Rules of the roles: what credentials, inventories and discovery need, and nothing more (docs/identities.md, docs/inventory.md). */}}

{{/* Named objects of one namespace: lists of secrets and configMaps. */}}
{{- define "mtlsprobe.identityRules" -}}
{{- with .secrets -}}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: {{ toJson . }}
  verbs: [get, watch]
{{ end -}}
{{- with .configMaps -}}
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: {{ toJson . }}
  verbs: [get, watch]
{{- end -}}
{{- end }}

{{- define "mtlsprobe.inventoryRules" -}}
- apiGroups: [""]
  resources: {{ toJson .Values.rbac.inventory.resources }}
  verbs: [list]
{{- end }}

{{/* The objects of a list of roles of discovery. */}}
{{- define "mtlsprobe.discoveryRules" -}}
{{- $core := list -}}
{{- if or (has "service" .) (has "endpointslice" .) }}{{ $core = append $core "services" }}{{ end -}}
{{- if has "pod" . }}{{ $core = append $core "pods" }}{{ end -}}
{{- with $core -}}
- apiGroups: [""]
  resources: {{ toJson . }}
  verbs: [list, watch]
{{ end -}}
{{- if has "endpointslice" . -}}
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
{{ end -}}
{{- if has "ingress" . -}}
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [list, watch]
{{ end -}}
{{- if has "gateway" . -}}
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways]
  verbs: [list, watch]
{{ end -}}
{{- end }}
