// Behaviour is added to pages that already work without it: tabs and skip link.
import { SkipLink, Tabs } from 'govuk-frontend'

if ('noModule' in HTMLScriptElement.prototype) {
  document.body.classList.add('js-enabled', 'govuk-frontend-supported')
  start('govuk-tabs', Tabs)
  start('govuk-skip-link', SkipLink)
  followSections()
}

function start (name, Component) {
  document.querySelectorAll(`[data-module="${name}"]`).forEach(element => new Component(element))
}

// Marks the section being read in the "On this page" list.
function followSections () {
  const links = [...document.querySelectorAll('.app-contents a[data-section]')]
  if (!links.length || !('IntersectionObserver' in window)) return
  const linkOf = new Map(links.map(link => [link.getAttribute('href').slice(1), link]))
  const observer = new IntersectionObserver(entries => {
    const entered = entries.find(entry => entry.isIntersecting)
    if (!entered) return
    links.forEach(link => link.removeAttribute('aria-current'))
    linkOf.get(entered.target.id).setAttribute('aria-current', 'true')
  }, { rootMargin: '-10% 0px -80% 0px' })
  linkOf.forEach((_, id) => {
    const section = document.getElementById(id)
    if (section) observer.observe(section)
  })
}
