// Completes what is typed in the catalogue's search box; without it, nothing else changes.
// The pattern is the ARIA combobox with a list: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
(() => {
  'use strict';
  const input = document.getElementById('q');
  const { form } = input;
  const make = (tag, attributes, parent) => {
    const it = document.createElement(tag);
    for (const name in attributes) it.setAttribute(name, attributes[name]);
    return parent.appendChild(it);
  };
  const list = make('ul', { id: 'q-list', role: 'listbox', class: 'suggestions', 'aria-label': 'Suggestions', hidden: '' }, input.parentNode);
  const status = make('p', { role: 'status', class: 'hidden-text' }, input.parentNode);
  const attributes = { role: 'combobox', autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-controls': 'q-list', 'aria-expanded': 'false' };
  for (const name in attributes) input.setAttribute(name, attributes[name]);
  let lines = [], at = -1, timer, asking;

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const go = (to) => {
    at = to;
    [...list.children].forEach((it, place) => it.setAttribute('aria-selected', String(place === at)));
    if (at < 0) input.removeAttribute('aria-activedescendant');
    else {
      input.setAttribute('aria-activedescendant', list.children[at].id);
      list.children[at].scrollIntoView({ block: 'nearest' });
    }
  };
  const choose = ({ q, name, value }) => {
    input.value = q;
    if (name) make('input', { type: 'hidden', name, value }, form);
    close();
    form.requestSubmit();
  };
  const show = (found) => {
    lines = found;
    list.replaceChildren();
    lines.forEach((line, place) => {
      const option = make('li', { role: 'option', id: `q-${place}`, 'aria-selected': 'false' }, list);
      option.textContent = `${line.text} `;
      make('small', {}, option).textContent = line.note;
    });
    list.hidden = !lines.length;
    input.setAttribute('aria-expanded', String(!list.hidden));
    go(-1);
    status.textContent = lines.length > 1 ? `${lines.length} suggestions` : lines.length ? '1 suggestion' : 'Aucune suggestion';
  };
  const ask = async () => {
    const text = input.value.trim();
    asking?.abort();
    if (text.length < 2) return close();
    asking = new AbortController();
    try {
      const answer = await fetch(`/catalogue/suggestions?q=${encodeURIComponent(text)}`, { signal: asking.signal });
      if (answer.ok) show(await answer.json());
    } catch { /* A suggestion that does not come is not missed. */ }
  };

  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  input.addEventListener('keydown', (event) => {
    const open = !list.hidden, last = lines.length - 1;
    if (event.key === 'Escape' && open) close();
    else if (event.key === 'ArrowDown' && open) go(at < last ? at + 1 : -1);
    else if (event.key === 'ArrowUp' && open) go(at < 0 ? last : at - 1);
    else if (event.key === 'Enter' && open && at >= 0) choose(lines[at]);
    else return;
    event.preventDefault();
  });
  input.addEventListener('blur', close);
  // The input keeps the focus while an option is clicked.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = event.target.closest('li');
    if (option) choose(lines[[...list.children].indexOf(option)]);
  });
  // Addresses without what was left empty.
  const fields = () => [...form.elements].filter((it) => it.name && !it.value);
  form.addEventListener('submit', () => fields().forEach((it) => { it.disabled = true; }));
  addEventListener('pageshow', () => fields().forEach((it) => { it.disabled = false; }));
})();
