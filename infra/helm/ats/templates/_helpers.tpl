{{- define "ats.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "ats.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "ats.labels" -}}
{{ include "ats.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "ats.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "ats.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "ats.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ats.webTlsSecret" -}}
{{- .Values.dashboard.tlsSecret | default (printf "%s-dashboard-tls" (include "ats.fullname" .)) -}}
{{- end -}}

{{/* The Secret that must be there already in the distributed profile. */}}
{{- define "ats.secret" -}}
{{- if .Values.distributed.enabled -}}
{{- required "secrets.existingSecret: name a Secret with approval-key, master-key and tick-store-url (infra/helm/ats/README.md)" .Values.secrets.existingSecret -}}
{{- else -}}
{{- .Values.secrets.existingSecret -}}
{{- end -}}
{{- end -}}

{{/* What runs, by name: of the distributed profile the services, else one pod that is all of them. */}}
{{- define "ats.parts" -}}
{{- $topology := .Files.Get "topology.yaml" | fromYaml -}}
{{- if .Values.distributed.enabled -}}
{{- range $name, $what := $topology -}}
{{- if or (not $what.simulated) (eq $.Values.mode "sim") }}
{{ $name }}: {{ toJson $what }}
{{- end -}}
{{- end -}}
{{- else }}
ats: {{ toJson (dict "admin" 9102 "ports" (dict "https" 8080 "http" 8090) "state" true "world" true) }}
{{- end -}}
{{- end -}}

{{/* How many of a service there may be at most: {root, name}. */}}
{{- define "ats.count" -}}
{{- $own := mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy (index .root.Values.services .name | default dict)) -}}
{{- ternary $own.autoscaling.max $own.replicas $own.autoscaling.enabled -}}
{{- end -}}

{{/* Names of a service's pods, where several share its work: {root, name, what}. */}}
{{- define "ats.podNames" -}}
{{- $count := include "ats.count" . | int -}}
{{- $full := printf "%s-%s" (include "ats.fullname" .root) .name -}}
{{- if and .what.shares (gt $count 1) -}}
{{- range $index := until $count }}
- {{ $full }}-{{ $index }}.{{ $full }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Settings of one service from the Secret, as a list of {setting, key}. */}}
{{- define "ats.secretSettings" -}}
{{- $name := .name -}}
{{- $all := .root.Values.secrets.settings -}}
{{- if .root.Values.distributed.enabled -}}
{{- $own := list
  (dict "setting" "RISK__APPROVAL_KEY" "key" "approval-key" "services" (list "risk-manager" "order-gateway"))
  (dict "setting" "ACCESS__MASTER_KEY" "key" "master-key" "services" (list "access")) -}}
{{- if not .root.Values.distributed.tickStore -}}
{{- $own = append $own (dict "setting" "TICK_STORE__URL" "key" "tick-store-url" "services" (list "price-collector" "trading-engine" "notification" "backtest")) -}}
{{- end -}}
{{- $all = concat $own $all -}}
{{- end -}}
{{- range $all }}
{{- if or (not .services) (has $name .services) }}
- { setting: {{ .setting }}, key: {{ .key }} }
{{- end }}
{{- end }}
{{- end -}}
