{{/* The settings that all pods read: the chart's, and .Values.config over them. */}}
{{- define "ats.settings" -}}
{{- $fullname := include "ats.fullname" . -}}
{{- $topology := .Files.Get "topology.yaml" | fromYaml -}}
{{- $distributed := .Values.distributed -}}
{{- $settings := dict "mode" .Values.mode
  "profile" (ternary "distributed" "embedded" $distributed.enabled)
  "admin" (dict "host" "0.0.0.0")
  "gateway" (dict "host" "0.0.0.0") -}}
{{- $tls := dict "certificateFile" "/run/web-tls/tls.crt" "keyFile" "/run/web-tls/tls.key" -}}
{{- $dashboard := dict "host" "0.0.0.0" "buildWeb" false "tls" $tls -}}
{{- $host := .Values.dashboard.host | default "localhost:8080" -}}
{{- if .Values.dashboard.host -}}
{{- $dashboard = set $dashboard "hosts" (list .Values.dashboard.host) -}}
{{- end -}}
{{- $settings = merge $settings (dict "dashboard" $dashboard
  "access" (dict "linkUrl" (printf "https://%s/set-up" $host))) -}}
{{- if $distributed.enabled -}}
{{- range $port := list "bus" "eventLog" "stateStore" "tickStore" "archive" -}}
{{- with index $distributed $port -}}
{{- $settings = set $settings $port (dict "url" .) -}}
{{- end -}}
{{- end -}}
{{- /* Ticks that wait for the store are in an emptyDir, which has a limit. */ -}}
{{- $ticks := set (index $settings "tickStore" | default dict) "spool" (dict "bytesMax" 134217728) -}}
{{- $settings = set $settings "tickStore" $ticks -}}
{{- $rpc := dict -}}
{{- range $name, $what := $topology -}}
{{- with $what.rpc -}}
{{- $hosts := include "ats.podNames" (dict "root" $ "name" $name "what" $what) | fromYamlArray -}}
{{- $addresses := list -}}
{{- range $hosts | default (list (printf "%s-%s" $fullname $name)) -}}
{{- $addresses = append $addresses (printf "%s:%d" . (int $what.rpc.port)) -}}
{{- end -}}
{{- $rpc = set $rpc (printf "%sAddress" .key) (join "," $addresses) -}}
{{- end -}}
{{- end -}}
{{- $simulator := dict "venue-simulator" (printf "%s-venue-simulator" $fullname) -}}
{{- $settings = set $settings "admin" (dict "host" "0.0.0.0" "hosts" $simulator) -}}
{{- $files := dict "authorityFile" "/run/tls/ca.crt" "certificateFile" "/run/tls/tls.crt" "keyFile" "/run/tls/tls.key" -}}
{{- /* The approval key comes from a file: without it these two refuse to start. */ -}}
{{- $settings = merge $settings (dict "rpc" $rpc "security" (dict "tls" $files) "risk" (dict "approvalKey" nil)) -}}
{{- if eq .Values.mode "sim" -}}
{{- $paths := dict "binance" "/stream" "kraken" "/v2" "coinbase" "/" "upbit" "/websocket/v1" "bitfinex" "/ws/2" -}}
{{- $venues := dict -}}
{{- range $index, $venue := list "binance" "kraken" "coinbase" "upbit" "bitfinex" -}}
{{- $at := printf "%s-venue-simulator:%d" $fullname (add 9201 $index | int) -}}
{{- $ws := printf "ws://%s%s" $at (index $paths $venue) -}}
{{- $venues = set $venues $venue (dict "ws" (list $ws) "rest" (list (printf "http://%s" $at))) -}}
{{- end -}}
{{- $settings = set $settings "venues" $venues -}}
{{- end -}}
{{- end -}}
{{- toYaml (mergeOverwrite $settings (deepCopy .Values.config)) -}}
{{- end -}}
