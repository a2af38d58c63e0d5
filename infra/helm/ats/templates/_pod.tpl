{{/* The pod of one service, or of all: {root, name, what, own}. */}}
{{- define "ats.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $distributed := $values.distributed.enabled -}}
{{- $fullname := include "ats.fullname" $root -}}
{{- $secretSettings := include "ats.secretSettings" . | fromYamlArray -}}
{{- $aws := and $values.secrets.awsCredentialsKey (not .what.simulated) -}}
metadata:
  labels:
    {{- include "ats.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
  annotations:
    checksum/config: {{ include "ats.settings" $root | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "ats.serviceAccount" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  # Longer than the services are given to drain (drainMs).
  terminationGracePeriodSeconds: 30
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    runAsGroup: 1000
    fsGroup: 1000
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  containers:
    - name: {{ .name }}
      image: {{ include "ats.image" $root }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args:
        {{- if not $distributed }}
        - modules/cli/src/main.ts
        - up
        - --plain
        - --config
        - /etc/ats/ats.yaml
        {{- else if .what.simulated }}
        - modules/venue-simulator/src/main.ts
        - --set=simulator.host=0.0.0.0
        - --set=simulator.ports.binance=9201
        - --set=simulator.ports.kraken=9202
        - --set=simulator.ports.coinbase=9203
        - --set=simulator.ports.upbit=9204
        - --set=simulator.ports.bitfinex=9205
        {{- else }}
        - modules/{{ .name }}/src/main.ts
        - --config
        - /etc/ats/ats.yaml
        {{- end }}
      env:
        {{- if .what.rpc }}
        - name: ATS_RPC__{{ .what.rpc.key | snakecase | upper }}_ADDRESS
          value: 0.0.0.0:{{ .what.rpc.port }}
        {{- end }}
        {{- if and $distributed (include "ats.podNames" .) }}
        - { name: ATS_SHARING__ENABLED, value: 'true' }
        - name: ATS_SHARING__INSTANCE
          valueFrom: { fieldRef: { fieldPath: metadata.name } }
        {{- end }}
        {{- range $secretSettings }}
        - name: ATS_{{ .setting }}__FILE
          value: /run/secrets/ats/{{ .key }}
        {{- end }}
        {{- if $aws }}
        - name: AWS_SHARED_CREDENTIALS_FILE
          value: /run/secrets/ats/{{ $values.secrets.awsCredentialsKey }}
        {{- end }}
        {{- with $values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - { name: admin, containerPort: {{ .what.admin }} }
        {{- with .what.rpc }}
        - { name: grpc, containerPort: {{ .port }} }
        {{- end }}
        {{- range $name, $port := .what.ports }}
        - { name: {{ $name }}, containerPort: {{ $port }} }
        {{- end }}
        {{- if .what.simulated }}
        {{- range $index := until 5 }}
        - { name: venue-{{ $index }}, containerPort: {{ add 9201 $index }} }
        {{- end }}
        {{- end }}
      startupProbe:
        httpGet: { path: /healthz, port: admin }
        periodSeconds: 2
        failureThreshold: 90
      livenessProbe:
        httpGet: { path: /healthz, port: admin }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: admin }
        periodSeconds: 5
        timeoutSeconds: 3
      resources: {{- toYaml .own.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: data, mountPath: /opt/ats/data }
        - { name: tmp, mountPath: /tmp }
        - { name: config, mountPath: /etc/ats, readOnly: true }
        {{- if or $secretSettings $aws }}
        - { name: secrets, mountPath: /run/secrets/ats, readOnly: true }
        {{- end }}
        {{- if and $distributed (not .what.simulated) }}
        - { name: tls, mountPath: /run/tls, readOnly: true }
        {{- end }}
        {{- if hasKey (.what.ports | default dict) "https" }}
        - { name: web-tls, mountPath: /run/web-tls, readOnly: true }
        {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  volumes:
    {{- if not .what.state }}
    - name: data
      emptyDir: { sizeLimit: 256Mi }
    {{- end }}
    - name: tmp
      emptyDir: { medium: Memory, sizeLimit: 64Mi }
    - name: config
      configMap: { name: {{ $fullname }} }
    {{- if or $secretSettings $aws }}
    - name: secrets
      secret:
        secretName: {{ include "ats.secret" $root }}
        defaultMode: 0440
        items:
          {{- range $secretSettings }}
          - { key: {{ .key }}, path: {{ .key }} }
          {{- end }}
          {{- if $aws }}
          - { key: {{ $values.secrets.awsCredentialsKey }}, path: {{ $values.secrets.awsCredentialsKey }} }
          {{- end }}
    {{- end }}
    {{- if and $distributed (not .what.simulated) }}
    - name: tls
      secret: { secretName: {{ $fullname }}-{{ .name }}-tls, defaultMode: 0440 }
    {{- end }}
    {{- if hasKey (.what.ports | default dict) "https" }}
    - name: web-tls
      secret: { secretName: {{ include "ats.webTlsSecret" $root }}, defaultMode: 0440 }
    {{- end }}
{{- end -}}
