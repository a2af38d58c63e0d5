/** What messages say, in Korean, which has one plural form. */
export const ko = {
  severity: {
    info: '정보',
    warning: '경고',
    critical: '심각',
    emergency: '긴급',
    recovered: '복구됨',
  },
  area: { risk: '리스크', trade: '거래', system: '시스템', security: '보안' },
  row: {
    since: '발생 시각',
    escalated: '에스컬레이션',
    action: 'ATS의 조치',
    remedy: '해야 할 일',
    area: '영역',
    venue: '거래소',
    instrument: '종목',
  },
  time: { since: '{{at}}부터 {{lasted}}', was: '{{at}} ~ {{until}} ({{lasted}})' },
  escalated: '제시간에 확인한 사람이 없어 전달되었습니다.',
  folded: {
    title_other: '알림 {{count}}건',
    intro_other: '알림 {{count}}건을 하나로 묶었습니다: {{counts}}.',
    rest_other: '나머지 {{count}}건은 대시보드에서 볼 수 있습니다.',
  },
  test: {
    title: '[테스트] ATS 알림이 도착합니다',
    intro: '수신 여부를 확인하기 위해 요청된 메시지입니다. 할 일은 없습니다.',
  },
  digest: {
    title_other: 'ATS 일일 요약: 알림 {{count}}건, 미해결 {{open}}건',
    intro: '{{from}} ~ {{to}}.',
    deliveries: '전송된 메시지 {{delivered}}건, 최종 실패 {{dead}}건.',
    byArea: '영역별 알림',
    open: '미해결 상태 {{count}}건 (오래된 순)',
    openFor: '지속 시간',
    severity: '심각도',
    condition: '상태',
    chart_other: '시간대별 알림: 총 {{count}}건',
  },
  link: { dashboard: '대시보드 열기', runbook: '런북' },
  footer: 'ATS가 보냈습니다. 수신 설정: ats notify rules.',
};
