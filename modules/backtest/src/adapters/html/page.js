// Sorts the list of trades by the column that is clicked, and hides what does not match the filter.
const list = document.querySelector('table[data-sortable]');
const rows = list === null ? [] : [...list.tBodies[0].rows];
const sortedBy = (row, column) => row.cells[column].dataset.v ?? row.cells[column].textContent;

for (const [column, head] of [...(list?.tHead.rows[0].cells ?? [])].entries()) {
  head.querySelector('button')?.addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') === 'descending';
    for (const other of list.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const numeric = !head.classList.contains('t');
    rows.sort((a, b) => {
      const [x, y] = [sortedBy(a, column), sortedBy(b, column)];
      const order = numeric ? Number(x) - Number(y) : x.localeCompare(y);
      return up ? order : -order;
    });
    list.tBodies[0].append(...rows);
  });
}

const shown = document.querySelector('[data-shown]');
document.querySelector('input[type=search]')?.addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) count += 1;
  }
  shown.textContent = count.toLocaleString('en-US');
});
